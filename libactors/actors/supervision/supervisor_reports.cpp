// What supervisor_actor tells of itself and its children.

#include <actors/supervision/supervisor_actor.hpp>

namespace actors {

namespace {

int64_t in_us(duration x) {
  return std::chrono::duration_cast<std::chrono::microseconds>(x).count();
}

} // namespace

event supervisor_actor::event_of(std::string kind) const {
  event e;
  e.kind = std::move(kind);
  e.path = path_;
  e.supervisor = path_;
  return e;
}

/// About a child and its present incarnation, or the one that has just gone.
event supervisor_actor::event_of(std::string kind, slot_id slot) {
  auto e = event_of(std::move(kind));
  auto& rec = at(slot);
  set_path(e, path_of(slot));
  e.restart = to_string(rec.spec->when);
  e.carrier = to_string(rec.spec->runs_on);
  e.incarnation = rec.incarnation;
  e.pid = rec.pid() == 0 && gone_.serial == rec.serial ? gone_.pid : rec.pid();
  return e;
}

void supervisor_actor::perform(supervision_report& x) {
  using kind = supervision_report::kind;
  if (x.what == kind::child_ended && x.reason.how == exit_status::kind::hung)
    at(x.slot).last_exit = to_string(x.reason); // not that it was killed
  if (!runtime_ || !runtime_->on_event)
    return;
  auto e = x.slot == no_slot ? event_of(to_string(x.what))
                             : event_of(to_string(x.what), x.slot);
  if (x.what == kind::gave_up || x.what == kind::auto_shutdown)
    e.path = path_; // of whom it tells; `child` says because of whom
  e.incarnation = x.incarnation;
  if (x.slot != no_slot)
    complete(e, x);
  if (x.what != kind::child_started)
    e.reason = to_string(x.reason.how);
  e.text = std::move(x.reason.text);
  if (x.count > 1)
    e.text += " (" + std::to_string(x.count) + " children)";
  e.duration_us = in_us(x.what == kind::restarting ? x.delay : x.took);
  e.restarts_left = x.restarts_left;
  emit(std::move(e));
}

/// What the core does not know: the message that an incarnation died of, and
/// at its restart why it is restarted.
void supervisor_actor::complete(event& e, supervision_report& x) {
  using kind = supervision_report::kind;
  auto& rec = at(x.slot);
  if (rec.more && x.what == kind::child_ended)
    e.message = std::exchange(rec.more->handled, {});
  if (x.what == kind::restarting) {
    x.reason = gone_.serial == rec.serial ? gone_.why : exit_status{};
  } else if (x.what == kind::child_ended || x.what == kind::start_failed
             || x.what == kind::child_lost) {
    if (gone_.serial != rec.serial)
      gone_ = {rec.serial, 0, {}};
    gone_.why = x.reason;
  }
}

/// Said once, not for every restart.
void supervisor_actor::on_process_notice(process_notice& x) {
  if (x.slot >= records_.size() || records_[x.slot].serial != x.serial)
    return;
  auto& rec = records_[x.slot];
  auto& told = rec.own().notices;
  if (told.find(x.text) != std::string::npos)
    return;
  told += x.text + '\n';
  auto e = event_of("notice", x.slot);
  e.text = std::move(x.text);
  emit(std::move(e));
}

/// Said and dropped: whatever it is, it must not end a supervisor.
caf::result<caf::message>
supervisor_actor::on_unexpected(caf::message_view& x) {
  auto e = event_of("unexpected_message");
  e.text = caf::to_string(x.content()).substr(0, 200);
  emit(std::move(e));
  return caf::sec::unexpected_message;
}

/// Hooks of the user: what they throw stays with them.
void supervisor_actor::emit(event x) {
  if (!runtime_ || !runtime_->on_event)
    return;
  try {
    runtime_->on_event(std::move(x));
  } catch (...) {
    return;
  }
}

} // namespace actors
