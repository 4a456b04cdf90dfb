// What supervisor_actor does when supervisor_core says so.

#include <actors/supervision/request_relay.hpp>
#include <actors/supervision/supervisor_actor.hpp>

#include <csignal>

namespace actors {

/// Ends an actor by force; overtakes its queued messages.
void kill_actor(const caf::actor& x) {
  auto ptr = caf::actor_cast<caf::abstract_actor*>(x);
  ptr->enqueue(caf::make_mailbox_element(
                 nullptr, caf::make_message_id(caf::message_priority::high), {},
                 caf::exit_msg{caf::actor_addr{}, caf::exit_reason::kill}),
               nullptr);
}

namespace {

/// How a process ended, in the words of supervision.
exit_status status_of(const caf::error& reason, const process_exit& how) {
  using kind = exit_status::kind;
  if (how.by_signal && how.value == SIGKILL)
    return {kind::killed, to_string(how)};
  if (how.clean()) // normal, or shutdown if a worker's root has said so
    return actors::status_of(reason);
  return {kind::crashed, reason ? text_of(reason) : to_string(how)};
}

bool has_ended(const caf::actor& x) {
  return caf::actor_cast<caf::abstract_actor*>(x)->getf(
    caf::abstract_actor::is_cleaned_up_flag);
}

/// The relay of one process, from its start to its end. The process host's
/// thread only.
class process_relay {
public:
  process_relay(caf::actor_system& sys, const caf::actor& handle)
    : sys_{sys}, handle_{handle.address()} {}

  /// The relay takes the place of `root`, if the process has one.
  void open(caf::actor& root) {
    auto handle = caf::actor_cast<caf::actor>(handle_);
    if (root && handle)
      root = relay_ = request_relay::make(sys_, std::move(root), handle);
  }

  void close(const caf::error& why) {
    if (relay_)
      request_relay::of(relay_).close(why);
    relay_ = nullptr;
  }

private:
  caf::actor_system& sys_;
  caf::actor_addr handle_;
  caf::actor relay_;
};

/// A hook of the user: what it throws stays with it.
void tell_gone(const child_spec& spec, const running_child& child) {
  try {
    spec.on_down(child);
  } catch (...) {
    return;
  }
}

} // namespace

namespace {

/// Tells the supervisor that an incarnation has ended, and which: a monitor
/// would have it look up the address.
class watcher : public caf::attachable {
public:
  watcher(caf::actor_addr supervisor, slot_id slot, uint64_t serial)
    : supervisor_{std::move(supervisor)}, slot_{slot}, serial_{serial} {}

  void actor_exited(const caf::error& reason,
                    caf::execution_unit* host) override {
    if (auto ptr = caf::actor_cast<caf::strong_actor_ptr>(supervisor_))
      ptr->enqueue(
        caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                  incarnation_down{slot_, serial_, reason}),
        host);
  }

private:
  caf::actor_addr supervisor_;
  slot_id slot_;
  uint64_t serial_;
};

} // namespace

void supervisor_actor::watch(const caf::actor& x,
                             slot_id slot,
                             uint64_t serial) {
  caf::actor_cast<caf::abstract_actor*>(x)->attach(
    std::make_unique<watcher>(address(), slot, serial));
}

void supervisor_actor::carry_out() {
  // Actions may add further ones, so the vector can move: take each out first.
  auto& todo = core_.actions();
  for (size_t i = 0; i < todo.size(); ++i) {
    auto next = std::move(todo[i]);
    std::visit([this](auto& x) { perform(x); }, next);
  }
  todo.clear();
  reclaim_incarnations_if_due();
}

void supervisor_actor::perform(action::start& x) {
  if (x.slot >= records_.size())
    records_.resize(x.slot + 1);
  auto& rec = records_[x.slot];
  if (!rec.spec || dynamic_) // a template can have changed since
    rec.spec =
      std::static_pointer_cast<const child_spec>(core_.view(x.slot).policy);
  if (!rec.handle)
    rec.handle = make_handle(x.slot);
  rec.serial = x.serial;
  rec.incarnation = x.incarnation;
  stable_handle::of(rec.handle).expect(x.incarnation);
  start_context ctx{system(),
                    path_of(x.slot),
                    x.incarnation,
                    rec.spec->runs_on,
                    rec.handle,
                    runtime_,
                    acknowledgement{address(), x.slot, x.serial},
                    rec.args};
  // Here and now, unless it may take its time: a snapshot has to be read.
  if (rec.spec->runs_on == carrier::actor && rec.spec->start_within == infinite
      && !rec.spec->snapshots.store)
    ctx.host = context();
  if (rec.spec->when == restart::temporary)
    rec.args = caf::message{}; // it is never started again
  ctx.counts_restarts =
    above_.counts_restarts || core_.policy().subtree.has_value();
  if (rec.spec->kind == child_kind::supervisor && !rec.cell)
    rec.cell = std::make_shared<spec_cell>();
  ctx.cell = rec.cell;
  begin_care(x.slot);
  if (rec.care) {
    ctx.progress = rec.care->progress;
    ctx.restores = rec.care->restores;
  }
  if (rec.spec->runs_on == carrier::process)
    start_process(rec, x, ctx);
  else
    start_actor(rec, x, std::move(ctx));
}

caf::actor supervisor_actor::make_handle(slot_id slot) {
  const auto& spec = *records_[slot].spec;
  auto handle = stable_handle::make(system());
  stable_handle::of(handle).set_place(slot);
  // Other children count what they handle themselves.
  auto counts = spec.snapshots.store && spec.runs_on == carrier::process
                  ? spec.snapshots.after_messages
                  : 0;
  if (spec.while_down.how == messages_while_down::kind::fail_fast
      && counts == 0)
    return handle; // which is how most are
  handle_settings settings{path_of(slot), spec.while_down, spec.poison_after,
                           runtime_};
  settings.count = counts;
  if (counts > 0)
    settings.on_count = [sink = sink_of(slot)](caf::abstract_actor& child) {
      child.enqueue(snapshot_request(sink), nullptr);
    };
  stable_handle::of(handle).configure(std::move(settings));
  return handle;
}

void supervisor_actor::start_actor(record& rec,
                                   const action::start& x,
                                   start_context ctx) {
  try {
    rec.current = rec.spec->start(ctx);
  } catch (...) {
    auto error = std::current_exception();
    auto why = actors::status_of(crash_reason(error));
    core_.start_failed(x.slot, x.serial, std::move(why), now());
    return;
  }
  if (!rec.current && ctx.declines) {
    core_.ignored(x.slot, x.serial, now());
    return;
  }
  if (!rec.current) {
    core_.start_failed(
      x.slot, x.serial,
      {exit_status::kind::crashed, "the factory returned no actor"}, now());
    return;
  }
  if (!ctx.acknowledges && has_ended(rec.current)) {
    rec.current = nullptr;
    core_.start_failed(x.slot, x.serial,
                       {exit_status::kind::crashed,
                        "the factory returned an actor that has ended"},
                       now());
    return;
  }
  watch(rec.current, x.slot, x.serial);
  stable_handle::of(rec.handle)
    .point_to(caf::actor_cast<caf::strong_actor_ptr>(rec.current));
  if (ctx.acknowledges && !ctx.has_begun)
    return;
  core_.started(x.slot, x.serial, now());
  announce(x.slot);
}

void supervisor_actor::start_process(record& rec,
                                     const action::start& x,
                                     const start_context& ctx) {
  if (!runtime_ || !runtime_->processes) {
    core_.start_failed(x.slot, x.serial,
                       {exit_status::kind::crashed,
                        "no process host: set supervision_runtime::processes"},
                       now());
    return;
  }
  process_child_spec spec;
  try {
    spec = rec.spec->process(ctx);
  } catch (...) {
    auto error = std::current_exception();
    core_.start_failed(x.slot, x.serial, actors::status_of(crash_reason(error)),
                       now());
    return;
  }
  spec.path = ctx.path;
  spec.progress = ctx.progress;
  process_child_events events;
  auto self = address();
  auto slot = x.slot;
  auto serial = x.serial;
  auto tell = [self](auto message) {
    if (auto ptr = caf::actor_cast<caf::strong_actor_ptr>(self))
      caf::anon_send(caf::actor_cast<caf::actor>(ptr), std::move(message));
  };
  auto relay = std::make_shared<process_relay>(system(), rec.handle);
  events.on_started = [=](caf::expected<process_started> child) {
    if (child)
      relay->open(child->root);
    if (child)
      tell(process_up{slot, serial, std::move(*child)});
    else if (child.error() == process_errc::declined)
      tell(start_outcome{start_outcome::kind::ignored, slot, serial, {}});
    else
      tell(process_down{slot, serial, actors::status_of(child.error()), false});
  };
  events.on_healthy = [=] {
    tell(start_outcome{start_outcome::kind::healthy, slot, serial, {}});
  };
  events.on_notice = [=](std::string_view text) {
    tell(process_notice{slot, serial, std::string{text}});
  };
  if (runtime_->on_output)
    events.on_line = [runtime = runtime_, path = ctx.path](auto line) {
      runtime->on_output(path, line);
    };
  auto is_worker = spec.command.empty();
  auto departure = std::make_shared<process_departure>();
  rec.departure = departure;
  events.on_exit = [=](const caf::error& reason, const process_exit& how) {
    departure->exited();
    // A command can say no more than 0; of a worker's root we know better.
    auto as_asked =
      (how.clean() && !is_worker) || (how.by_signal && how.value == SIGTERM);
    auto status = status_of(reason, how);
    relay->close(is_abnormal(status) ? reason_of(status) : caf::error{});
    tell(process_down{slot, serial, std::move(status), as_asked});
  };
  rec.process = start_process_child(*runtime_->processes, system(),
                                    std::move(spec), std::move(events));
}

void supervisor_actor::perform(action::stop& x) {
  if (at(x.slot).serial == x.serial)
    stop_in_order(x.slot);
}

void supervisor_actor::perform(action::kill& x) {
  auto& rec = at(x.slot);
  if (rec.serial != x.serial)
    return;
  if (rec.process)
    rec.process->kill();
  else if (rec.current)
    kill_actor(rec.current);
}

void supervisor_actor::perform(action::cut_off& x) {
  auto& rec = at(x.slot);
  if (rec.serial != x.serial)
    return;
  if (rec.current && !rec.process) { // its monitor tells when it comes round
    lost_.emplace(rec.serial, rec.spec->id);
    ++rec.lost;
  }
  drop_incarnation(x.slot, {exit_status::kind::lost, "left behind"});
}

void supervisor_actor::perform(action::count_above&) {
  ack_.restarted_below();
}

void supervisor_actor::perform(action::set_timer& x) {
  if (x.delay == duration::zero())
    send(this, core_timer{x.timer});
  else
    timers_.add(now() + x.delay, x.timer);
  order_wake_up();
}

/// Has us woken when the earliest timer is due, if that is not ordered yet.
void supervisor_actor::order_wake_up() {
  auto next = timers_.next();
  if (!next || (wake_up_ && *wake_up_ <= *next))
    return;
  wake_up_ = next;
  delayed_send(this, std::max(*next - now(), duration::zero()), timers_due{});
}

void supervisor_actor::on_timers() {
  auto time = now();
  if (wake_up_ && *wake_up_ <= time) {
    forgive(time - *wake_up_);
    wake_up_.reset();
  }
  while (auto timer = timers_.pop(time)) {
    core_.timeout(*timer, time);
    carry_out();
  }
  order_wake_up();
}

void supervisor_actor::perform(action::reply& x) {
  auto i = promises_.find(x.to);
  if (i == promises_.end())
    return;
  child_reply reply{x.result, {}, std::move(x.text)};
  if (x.child.policy) {
    reply.child = info(x.child);
    if (reply.child.handle && x.child.state == child_state::stopped)
      stable_handle::of(reply.child.handle).park("the actor has been stopped");
  }
  keep_changes(x);
  i->second.deliver(std::move(reply));
  promises_.erase(i);
}

void supervisor_actor::perform(action::adopt& x) {
  auto& rec = at(x.slot);
  auto next = std::static_pointer_cast<const child_spec>(x.policy);
  if (rec.spec
      && (rec.spec->below != next->below || rec.spec->pool != next->pool))
    rec.cell = nullptr; // what it was given meanwhile is out of date
  rec.spec = std::move(next);
}

void supervisor_actor::perform(action::forget& x) {
  auto& rec = at(x.slot);
  if (rec.handle)
    stable_handle::of(rec.handle)
      .close(make_sup_error(sup_errc::gone, rec.last_exit.str()));
  rec = record{};
}

void supervisor_actor::perform(action::booted&) {
  booted_ = true;
  ack_.started();
}

void supervisor_actor::perform(action::exit& x) {
  if (!booted_)
    ack_.failed(reason_of({exit_status::kind::crashed, x.status.text}));
  quit(reason_of(x.status));
}

/// The incarnation is certainly gone (or cut off).
void supervisor_actor::drop_incarnation(slot_id slot, const exit_status& why) {
  auto& rec = records_[slot];
  if (rec.handle)
    stable_handle::of(rec.handle).point_to(nullptr);
  gone_ = {rec.serial, rec.pid, {}};
  rec.current = nullptr;
  rec.process.reset();
  rec.memory.reset();
  rec.pid = 0;
  rec.last_exit = to_string(why);
  judge_restoration(rec);
  if (rec.handle)
    if (auto text = stable_handle::of(rec.handle).take_handled(); !text.empty())
      rec.handled = std::move(text);
  withdraw(rec);
}

/// A child that has ended as it may is not started again by us: who waits for
/// it is told so.
void supervisor_actor::settle(slot_id slot) {
  if (slot >= records_.size() || !records_[slot].handle)
    return;
  auto& rec = records_[slot];
  if (rec.spec->when != restart::permanent
      && core_.view(slot).state == child_state::stopped)
    stable_handle::of(rec.handle)
      .park("the actor has been stopped: " + rec.last_exit.str());
}

void supervisor_actor::announce(slot_id slot) {
  auto& rec = records_[slot];
  if (rec.care)
    rec.care->running = core_.view(slot).state == child_state::running;
  if (rec.up || (!rec.spec->on_up && !rec.spec->on_down)
      || core_.view(slot).state != child_state::running)
    return;
  rec.up = std::make_unique<running_child>(
    running_child{path_of(slot), rec.incarnation, rec.handle, rec.pid,
                  rec.memory, rec.current});
  if (!rec.spec->on_up)
    return;
  try {
    rec.spec->on_up(*rec.up);
  } catch (...) {
    return;
  }
}

void supervisor_actor::withdraw(record& rec) {
  if (rec.up && rec.spec->on_down)
    tell_gone(*rec.spec, *rec.up);
  rec.up.reset();
}

/// For a child that has been killed and may still be in the middle of
/// something when we are gone.
void supervisor_actor::withdraw_when_gone(record& rec) {
  if (!rec.up || !rec.spec->on_down)
    return;
  auto tell = [spec = rec.spec, child = *rec.up] { tell_gone(*spec, child); };
  if (rec.process)
    rec.departure->orphaned(std::move(tell));
  else if (rec.current)
    caf::actor_cast<caf::abstract_actor*>(rec.current)
      ->attach_functor(std::move(tell));
  else
    tell();
}

void process_departure::exited() {
  std::function<void()> tell;
  {
    std::lock_guard guard{mutex_};
    exited_ = true;
    tell = std::move(tell_);
  }
  if (tell)
    tell();
}

void process_departure::orphaned(std::function<void()> tell) {
  {
    std::lock_guard guard{mutex_};
    if (!exited_) {
      tell_ = std::move(tell);
      return;
    }
  }
  tell();
}

} // namespace actors
