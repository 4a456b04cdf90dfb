#include <actors/process/worker_main.hpp>
#include <actors/supervision/child.hpp>
#include <actors/supervision/error.hpp>
#include <actors/supervision/spec.hpp>
#include <actors/supervision/supervisor_actor.hpp>

#include <chrono>
#include <thread>

namespace actors {

namespace {

/// What `lepton chaos hang` does: blocks the actor, and with it its thread,
/// for ever. Sleeps, so that it costs no core.
[[noreturn]] void hang_forever() {
  for (;;)
    std::this_thread::sleep_for(std::chrono::hours{1});
}

constexpr auto crash_text = "injected crash";
constexpr auto hang_text = "injected hang";

} // namespace

std::string to_string(const message_signature& x) {
  std::string text = x.verb;
  text += '(';
  for (auto& p : x.parameters)
    text += (&p == x.parameters.data() ? "" : ", ") + p;
  return text + ")" + (x.reply.empty() ? "" : " -> " + x.reply);
}

// -- acknowledgement ----------------------------------------------------------

acknowledgement::acknowledgement(caf::actor_addr supervisor,
                                 uint32_t slot,
                                 uint64_t serial)
  : supervisor_{std::move(supervisor)}, serial_{serial}, slot_{slot} {}

namespace {

void tell(const caf::actor_addr& to, start_outcome outcome) {
  if (auto ptr = caf::actor_cast<caf::strong_actor_ptr>(to))
    caf::anon_send(caf::actor_cast<caf::actor>(ptr), std::move(outcome));
}

} // namespace

void acknowledgement::started() const {
  tell(supervisor_, {start_outcome::kind::started, slot_, serial_, {}});
}

void acknowledgement::failed(caf::error why) const {
  tell(supervisor_,
       {start_outcome::kind::failed, slot_, serial_, status_of(why)});
}

void acknowledgement::ignored() const {
  tell(supervisor_, {start_outcome::kind::ignored, slot_, serial_, {}});
}

void acknowledgement::healthy() const {
  tell(supervisor_, {start_outcome::kind::healthy, slot_, serial_, {}});
}

void acknowledgement::restarted_below() const {
  tell(supervisor_, {start_outcome::kind::restarted_below, slot_, serial_, {}});
}

void acknowledgement::ended(caf::error why, caf::execution_unit* host) const {
  if (auto ptr = caf::actor_cast<caf::strong_actor_ptr>(supervisor_))
    ptr->enqueue(caf::make_mailbox_element(
                   nullptr, caf::make_message_id(), {},
                   incarnation_down{slot_, serial_, std::move(why)}),
                 host);
}

// -- checks -------------------------------------------------------------------

namespace {

std::string problem_in(const supervisor_spec& spec, const std::string& path);

std::string placed(const std::string& path, const std::string& text) {
  return path.empty() || text.empty() ? text : path + ": " + text;
}

/// What the core does not know of a child under the supervisor `path`.
std::string problem_beside_policy(const child_spec& x,
                                  const std::string& path) {
  auto is_process = x.runs_on == carrier::process;
  auto it = "child '" + x.id + "': ";
  if (is_process && !x.process)
    return placed(path, it + "a process needs `process`");
  if (!is_process && !x.start)
    return placed(path, it + "an actor needs `start`");
  auto place = path.empty() ? x.id : path + '/' + x.id;
  if (x.below)
    return problem_in(*x.below, place);
  if (x.pool)
    return text_of(check(*x.pool, place));
  return {};
}

std::string problem_in(const supervisor_spec& spec, const std::string& path) {
  std::vector<std::shared_ptr<const child_policy>> policies;
  policies.reserve(spec.children.size());
  for (auto& child : spec.children) // borrowed
    policies.emplace_back(std::shared_ptr<const child_policy>{}, &child);
  auto problem = placed(path, problem_with(spec, policies));
  for (auto& child : spec.children)
    if (problem.empty())
      problem = problem_beside_policy(child, path);
  return problem;
}

caf::error bad_spec(std::string problem) {
  if (problem.empty())
    return caf::none;
  return make_sup_error(sup_errc::bad_spec, std::move(problem));
}

} // namespace

caf::error check(const child_spec& spec, const std::string& path) {
  auto problem = placed(path, problem_with(spec));
  if (problem.empty())
    problem = problem_beside_policy(spec, path);
  return bad_spec(std::move(problem));
}

caf::error check(const supervisor_spec& spec, const std::string& path) {
  return bad_spec(problem_in(spec, path));
}

// -- children -----------------------------------------------------------------

child_spec supervisor_child(std::string id, supervisor_spec spec) {
  child_spec result;
  result.id = std::move(id);
  result.kind = child_kind::supervisor;
  result.grace = infinite;
  result.below = std::make_shared<const supervisor_spec>(std::move(spec));
  result.start = [shared = result.below](start_context& ctx) -> caf::actor {
    ctx.acknowledges = true;
    auto replaced = ctx.cell ? ctx.cell->get<supervisor_spec>() : nullptr;
    return ctx.system.spawn<supervisor_actor>(
      position_in(ctx), replaced ? std::move(replaced) : shared);
  };
  return result;
}

std::shared_ptr<const supervisor_policy> spec_cell::load() const {
  std::lock_guard guard{mutex_};
  return spec_;
}

void spec_cell::set(std::shared_ptr<const supervisor_policy> spec) {
  std::lock_guard guard{mutex_};
  spec_ = std::move(spec);
}

caf::error injected_crash() {
  return make_sup_error(sup_errc::injected, crash_text);
}

caf::error injected_hang() {
  return make_sup_error(sup_errc::injected, hang_text);
}

void take_injected_fault(const caf::error& reason) {
  if (reason != sup_errc::injected)
    return;
  if (text_of(reason) == hang_text)
    hang_forever();
  throw std::runtime_error{crash_text};
}

void healthy(caf::local_actor* self) {
  if (auto* x = dynamic_cast<detail::linked*>(self))
    x->ack().healthy();
  else
    worker_is_healthy();
}

bool detail::is_exit(caf::mailbox_element& x) {
  return x.content().match_elements<caf::exit_msg>();
}

void detail::run_here(caf::scheduled_actor* self, caf::execution_unit* host) {
  // Not launched yet, so that nobody else can run it meanwhile: its mailbox is
  // open, but takes messages without scheduling it.
  if (self->activate(host))
    self->launch(host, true, false);
}

progress_mark progress_of(caf::local_actor* self) {
  auto* x = dynamic_cast<detail::linked*>(self);
  return x ? x->progress() : progress_mark{};
}

caf::error detail::crash_handler(caf::scheduled_actor*, std::exception_ptr& x) {
  return crash_reason(x);
}

void prepare_child(caf::scheduled_actor* self) {
  self->set_exception_handler(&detail::crash_handler);
  self->set_exit_handler([](caf::scheduled_actor* actor, caf::exit_msg& msg) {
    take_injected_fault(msg.reason);
    if (msg.reason)
      actor->quit(std::move(msg.reason));
  });
}

} // namespace actors
