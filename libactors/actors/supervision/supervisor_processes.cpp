// How supervisor_actor runs children as OS processes.

#include <actors/supervision/request_relay.hpp>
#include <actors/supervision/supervisor_actor.hpp>

#include <csignal>

namespace actors {

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

} // namespace

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
  rec.own().departure = departure;
  events.on_exit = [=](const caf::error& reason, const process_exit& how) {
    departure->exited();
    // A command can say no more than 0; of a worker's root we know better.
    auto as_asked =
      (how.clean() && !is_worker) || (how.by_signal && how.value == SIGTERM);
    auto status = status_of(reason, how);
    relay->close(is_abnormal(status) ? reason_of(status) : caf::error{});
    tell(process_down{slot, serial, std::move(status), as_asked});
  };
  rec.own().process = start_process_child(*runtime_->processes, system(),
                                          std::move(spec), std::move(events));
}

// -- what becomes of them -----------------------------------------------------

void supervisor_actor::on_process_up(process_up& x) {
  if (x.slot >= records_.size() || records_[x.slot].serial != x.serial)
    return;
  auto& rec = records_[x.slot];
  rec.own().pid = x.child.pid;
  rec.own().memory = std::move(x.child.memory);
  rec.current = std::move(x.child.root);
  restore_process(x.slot, x.serial);
  carry_out();
}

void supervisor_actor::on_process_down(process_down& x) {
  if (x.slot >= records_.size() || records_[x.slot].serial != x.serial)
    return;
  if (x.as_asked && core_.view(x.slot).state == child_state::stopping)
    x.why = {exit_status::kind::shutdown, {}};
  drop_incarnation(x.slot, x.why);
  auto by_itself = !is_abnormal(x.why);
  core_.down(x.slot, x.serial, std::move(x.why), now());
  carry_out();
  if (by_itself)
    settle(x.slot);
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
