// What supervisor_actor does when supervisor_core says so.

#include <actors/supervision/supervisor_actor.hpp>

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

bool has_ended(const caf::actor& x) {
  return caf::actor_cast<caf::abstract_actor*>(x)->getf(
    caf::abstract_actor::is_cleaned_up_flag);
}

/// A hook of the user: what it throws stays with it.
void tell_gone(const child_spec& spec, const running_child& child) {
  try {
    spec.on_down(child);
  } catch (...) {
    return;
  }
}

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
                    rec.more ? rec.more->args : caf::message{}};
  // Here and now, unless it may take its time: a snapshot has to be read.
  if (rec.spec->runs_on == carrier::actor && rec.spec->start_within == infinite
      && !rec.spec->snapshots.store)
    ctx.host = context();
  if (rec.spec->when == restart::temporary && rec.more)
    rec.more->args = caf::message{}; // it is never started again
  ctx.counts_restarts =
    above_.counts_restarts || core_.policy().subtree.has_value();
  if (rec.spec->kind == child_kind::supervisor && !rec.own().cell)
    rec.own().cell = std::make_shared<spec_cell>();
  begin_care(x.slot);
  if (rec.more) {
    ctx.cell = rec.more->cell;
    ctx.progress = rec.more->care.progress;
    ctx.restores = rec.more->care.restores;
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
  if (!ctx.tells_end)
    watch(rec.current, x.slot, x.serial);
  stable_handle::of(rec.handle)
    .point_to(caf::actor_cast<caf::strong_actor_ptr>(rec.current));
  if (ctx.acknowledges && !ctx.has_begun)
    return;
  core_.started(x.slot, x.serial, now());
  announce(x.slot);
}

void supervisor_actor::perform(action::stop& x) {
  if (at(x.slot).serial == x.serial)
    stop_in_order(x.slot);
}

void supervisor_actor::perform(action::kill& x) {
  auto& rec = at(x.slot);
  if (rec.serial != x.serial)
    return;
  if (auto* process = rec.process())
    process->kill();
  else if (rec.current)
    kill_actor(rec.current);
}

void supervisor_actor::perform(action::cut_off& x) {
  auto& rec = at(x.slot);
  if (rec.serial != x.serial)
    return;
  if (rec.current && !rec.process()) { // its monitor tells when it comes round
    lost_.emplace(rec.serial, rec.spec->id);
    ++rec.own().lost;
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
  if (rec.more && rec.spec
      && (rec.spec->below != next->below || rec.spec->pool != next->pool))
    rec.more->cell = nullptr; // what it was given meanwhile is out of date
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
  gone_ = {rec.serial, rec.pid(), {}};
  rec.current = nullptr;
  if (rec.more) {
    rec.more->process.reset();
    rec.more->memory.reset();
    rec.more->pid = 0;
  }
  rec.last_exit = to_string(why);
  judge_restoration(rec);
  if (rec.handle)
    if (auto text = stable_handle::of(rec.handle).take_handled(); !text.empty())
      rec.own().handled = std::move(text);
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
  auto told = rec.spec->on_up || rec.spec->on_down;
  if (!rec.more && !told)
    return; // which is how most are
  auto& own = rec.own();
  own.care.running = core_.view(slot).state == child_state::running;
  if (own.up || !told || !own.care.running)
    return;
  own.up = std::make_unique<running_child>(
    running_child{path_of(slot), rec.incarnation, rec.handle, own.pid,
                  own.memory, rec.current});
  if (!rec.spec->on_up)
    return;
  try {
    rec.spec->on_up(*own.up);
  } catch (...) {
    return;
  }
}

void supervisor_actor::withdraw(record& rec) {
  if (!rec.more)
    return;
  if (auto up = std::move(rec.more->up); up && rec.spec->on_down)
    tell_gone(*rec.spec, *up);
}

/// For a child that has been killed and may still be in the middle of
/// something when we are gone.
void supervisor_actor::withdraw_when_gone(record& rec) {
  if (!rec.more || !rec.more->up || !rec.spec->on_down)
    return;
  auto tell = [spec = rec.spec, child = *rec.more->up] {
    tell_gone(*spec, child);
  };
  if (rec.process())
    rec.more->departure->orphaned(std::move(tell));
  else if (rec.current)
    caf::actor_cast<caf::abstract_actor*>(rec.current)
      ->attach_functor(std::move(tell));
  else
    tell();
}

} // namespace actors
