#include "tests/actors/conformance/stage.hpp"

#include <actors/observe/event_log.hpp>
#include <actors/process/process_error.hpp>
#include <actors/runtime/configure.hpp>
#include <actors/supervision/child.hpp>

#include <caf/io/middleman.hpp>

#include <algorithm>

namespace conformance {

namespace {

caf::actor dead_actor(caf::actor_system& sys) {
  auto result = sys.spawn([](caf::event_based_actor*) {});
  caf::scoped_actor self{sys};
  self->wait_for(result);
  return result;
}

/// An actor that answers for its start itself, as `start_context` allows.
caf::actor spawn_by_hand(actors::start_context& ctx, const plan& does) {
  ctx.acknowledges = true;
  auto body = [ack = ctx.ack, does](caf::event_based_actor* self) {
    actors::prepare_child(self);
    if (does.start == at_start::says_failed)
      ack.failed(actors::crash_reason(start_problem));
    return subject(self, does.stop);
  };
  return ctx.runs_on == carrier::thread ? ctx.system.spawn<caf::detached>(body)
                                        : ctx.system.spawn(body);
}

/// A child of a dynamic supervisor is told who it is.
std::string name_of(const std::string& id, const actors::start_context& ctx) {
  return ctx.args.empty() ? id : ctx.args.get_as<std::string>(0);
}

caf::behavior supervised(caf::event_based_actor* self, plan does) {
  if (does.start == at_start::throws)
    throw std::runtime_error{start_problem};
  return subject(self, does.stop);
}

} // namespace

stage::stage(carrier runs_on) : runs_on_{runs_on}, sys_{configure()} {
  hold_hung();
  auto rt = std::make_shared<actors::supervision_runtime>();
  rt->processes = &host_;
  rt->on_event = [this](actors::event x) { record(std::move(x)); };
  rt->on_output = [this](const std::string& path, std::string_view line) {
    actors::event x;
    x.kind = line == hanging ? hanging : "output";
    x.path = path;
    x.text = line;
    record(std::move(x));
  };
  runtime_ = rt;
}

stage::~stage() {
  release_hung();
  stop();
  top_ = nullptr;
}

caf::actor_system_config& stage::configure() {
  cfg_.load<caf::io::middleman>();
  actors::configure_runtime(cfg_, 2);
  actors::add_process_errors(cfg_);
  actors::add_supervision_errors(cfg_);
  return cfg_;
}

size_t stage::many() const {
#ifdef __SANITIZE_ADDRESS__
  constexpr size_t part = 4;
#else
  constexpr size_t part = 1;
#endif
  switch (runs_on_) {
  case carrier::process:
    return 200 / part;
  case carrier::thread:
    return 1000 / part;
  default:
    return 2000 / part;
  }
}

// -- specifications -----------------------------------------------------------

plan stage::plan_of(const std::string& id, uint64_t incarnation) {
  std::lock_guard guard{mutex_};
  auto& all = plans_[id];
  if (all.empty())
    return {};
  return all.at(std::min<size_t>(incarnation, all.size()) - 1);
}

caf::actor stage::start_actor(actors::start_context& ctx,
                              const std::string& id) {
  auto does = plan_of(id, ctx.incarnation);
  switch (does.start) {
  case at_start::throws_early:
    throw std::runtime_error{start_problem};
  case at_start::makes_nothing:
    return nullptr;
  case at_start::is_dead:
    return dead_actor(ctx.system);
  case at_start::declines:
    ctx.declines = true;
    return nullptr;
  case at_start::says_failed:
  case at_start::is_silent:
    return spawn_by_hand(ctx, does);
  default:
    return actors::actor_child(id, supervised, does).start(ctx);
  }
}

child_spec stage::child(std::string id, plans does) {
  child_spec spec;
  spec.id = id;
  spec.runs_on = runs_on_;
  spec.grace = patience;
  this->does(id, std::move(does));
  auto note = [this](const actors::start_context& ctx) {
    actors::event x;
    x.kind = "start";
    x.path = ctx.path;
    record(std::move(x));
  };
  if (runs_on_ != carrier::process) {
    spec.start = [this, id, note](actors::start_context& ctx) {
      note(ctx);
      return start_actor(ctx, name_of(id, ctx));
    };
    return spec;
  }
  spec.process = [this, id, note](const actors::start_context& ctx) {
    note(ctx);
    auto x = plan_of(name_of(id, ctx), ctx.incarnation);
    actors::process_child_spec result;
    result.type = "subject";
    result.args = {std::to_string(static_cast<int>(x.start)),
                   std::to_string(static_cast<int>(x.stop))};
    result.executable = LEPTON_CONFORMANCE_WORKER;
    result.limits.core_bytes = 0;
    result.start_within = patience;
    return result;
  };
  return spec;
}

void stage::does(const std::string& id, plans what) {
  std::lock_guard guard{mutex_};
  plans_[id] = std::move(what);
}

actors::dynamic_spec stage::pool(restart when) {
  actors::dynamic_spec spec;
  spec.max_restarts = 1'000'000;
  spec.within = 1h;
  spec.child = child("template", when);
  return spec;
}

child_spec stage::child(std::string id, restart when, plans does) {
  auto spec = child(std::move(id), std::move(does));
  spec.when = when;
  return spec;
}

supervisor_spec stage::team(const std::string& ids, strategy how) {
  supervisor_spec spec;
  spec.how = how;
  spec.max_restarts = 1'000'000;
  spec.within = 1h;
  for (auto id : ids)
    spec.children.push_back(child(std::string{id}));
  return spec;
}

// -- the supervisor -----------------------------------------------------------

void stage::adopt(const caf::expected<caf::actor>& top) {
  if (!top)
    return;
  top_ = *top;
  auto ended = std::make_shared<std::promise<caf::error>>();
  ended_ = ended->get_future().share();
  caf::actor_cast<caf::abstract_actor*>(top_)->attach_functor(
    [ended](const caf::error& reason) { ended->set_value(reason); });
}

caf::expected<caf::actor> stage::try_run(supervisor_spec spec) {
  auto result =
    actors::spawn_supervisor(sys_, "top", std::move(spec), runtime_);
  adopt(result);
  return result;
}

void stage::run(actors::dynamic_spec spec) {
  auto result =
    actors::spawn_dynamic_supervisor(sys_, "top", std::move(spec), runtime_);
  if (!result)
    BOOST_FAIL(actors::text_of(result.error()));
  adopt(result);
}

caf::expected<caf::actor> stage::start(const std::string& id) {
  return actors::start_child(sys_, top_, caf::make_message(id), id);
}

void stage::run(supervisor_spec spec) {
  auto result = try_run(std::move(spec));
  if (!result)
    BOOST_FAIL(actors::text_of(result.error()));
}

void stage::stop() {
  if (top_)
    actors::stop_supervisor(sys_, top_);
}

caf::error stage::end_of_top() {
  if (ended_.wait_for(patience) != std::future_status::ready)
    BOOST_FAIL("the supervisor has not ended");
  return ended_.get();
}

actors::child_info stage::info(const std::string& id) {
  auto all = actors::which_children(sys_, top_);
  if (!all)
    BOOST_FAIL(actors::text_of(all.error()));
  for (auto& x : *all)
    if (x.id == id)
      return x;
  actors::child_info none;
  none.state = "absent";
  return none;
}

std::string stage::ids() {
  auto all = actors::which_children(sys_, top_);
  if (!all)
    return "[" + actors::text_of(all.error()) + "]";
  std::string result;
  for (auto& x : *all)
    result += x.id;
  return result;
}

// -- children -----------------------------------------------------------------

void stage::tell(const std::string& id,
                 const std::string& verb,
                 const std::string& text) {
  caf::anon_send(info(id).handle, verb, text);
}

void stage::hang(const std::string& id) {
  tell(id, "hang");
  if (runs_on_ == carrier::process)
    await(hanging, id);
  else if (!await_hung(patience))
    BOOST_FAIL(id << " does not hang");
}

std::string stage::ask(const std::string& id,
                       const std::string& verb,
                       const std::string& text) {
  return ask(info(id).handle, verb, text);
}

std::string stage::ask(const caf::actor& to,
                       const std::string& verb,
                       const std::string& text) {
  caf::scoped_actor self{sys_};
  std::string answer;
  self->request(to, patience, verb, text)
    .receive([&](std::string& x) { answer = std::move(x); },
             [&](caf::error& e) { answer = "[" + actors::text_of(e) + "]"; });
  return answer;
}

void stage::kill(const std::string& id) {
  caf::scoped_actor self{sys_};
  self
    ->request(top_, patience,
              actors::child_request{actors::child_verb::kill, id})
    .receive([](actors::child_reply&) {},
             [](caf::error& e) { BOOST_FAIL(actors::text_of(e)); });
}

// -- the record ---------------------------------------------------------------

void stage::record(actors::event x) {
  std::lock_guard guard{mutex_};
  x.path = x.path == "top" ? "" : x.path.substr(4);
  events_.push_back(std::move(x));
  changed_.notify_all();
}

actors::event
stage::await(const std::string& kind, const std::string& id, size_t n) {
  std::unique_lock lock{mutex_};
  actors::event found;
  auto there = [&] {
    size_t seen = 0;
    for (auto i = first_; i < events_.size(); ++i)
      if (events_[i].kind == kind && events_[i].path == id && ++seen == n) {
        found = events_[i];
        return true;
      }
    return false;
  };
  if (changed_.wait_for(lock, patience, there))
    return found;
  std::string all;
  for (auto& x : events_)
    all += "\n  " + actors::to_line(x);
  BOOST_FAIL("no " << kind << " of '" << id << "' after:" << all);
  return found;
}

size_t stage::count(const std::string& kind, const std::string& id) {
  std::lock_guard guard{mutex_};
  return static_cast<size_t>(std::count_if(
    events_.begin() + static_cast<ptrdiff_t>(first_), events_.end(),
    [&](auto& x) { return x.kind == kind && x.path == id; }));
}

words stage::history(const words& kinds) {
  std::lock_guard guard{mutex_};
  words result;
  for (auto i = first_; i < events_.size(); ++i) {
    auto& x = events_[i];
    auto kind = x.kind.rfind("child_", 0) == 0 ? x.kind.substr(6) : x.kind;
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end())
      result.push_back(kind + " " + x.path);
  }
  return result;
}

words stage::history() {
  return history({"start", "started", "ended", "stopped"});
}

void stage::forget() {
  std::lock_guard guard{mutex_};
  first_ = events_.size();
}

} // namespace conformance
