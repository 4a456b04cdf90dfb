// What supervisor_actor does for children whose state is kept.

#include <actors/supervision/child.hpp>
#include <actors/supervision/supervisor_actor.hpp>

namespace actors {

namespace {

using namespace std::chrono_literals;

/// A child that does not answer in this time has no snapshot taken.
constexpr duration answer_within = 30s;

/// The same when it is about to be stopped.
constexpr duration last_answer_within = 1s;

} // namespace

/// In the child's thread, as a part of its start.
void detail::restore_child(restoration& from, caf::behavior& child) {
  auto newest = from.store->newest(from.key);
  if (!newest)
    return;
  from.number = newest->number;
  auto message =
    caf::make_message(restore_atom::value, std::move(newest->bytes));
  auto answer = child(message);
  if (!answer)
    throw std::runtime_error{"it has snapshots but no restore handler"};
  if (!answer->empty() && answer->match_element<caf::error>(0))
    throw std::runtime_error{"restore: "
                             + text_of(answer->get_as<caf::error>(0))};
  from.done = true;
}

// -- taking them --------------------------------------------------------------

supervisor_actor::special_care& supervisor_actor::care_of(record& rec) {
  if (!rec.care)
    rec.care = std::make_unique<special_care>();
  return *rec.care;
}

/// What the incarnation that is about to be started needs.
void supervisor_actor::begin_care(slot_id slot) {
  auto& rec = at(slot);
  auto& settings = rec.spec->snapshots;
  if (rec.care)
    rec.care->running = false;
  if (rec.spec->liveness != infinite) {
    auto shared = rec.spec->runs_on == carrier::process;
    auto& care = care_of(rec);
    care.progress = shared ? progress_mark::shared() : progress_mark::local();
    care.progress_seen = 0;
  }
  if (!settings.store)
    return;
  auto restores = std::make_shared<restoration>();
  restores->store = settings.store;
  restores->key = path_of(slot);
  care_of(rec).restores = std::move(restores);
  if (settings.every != infinite)
    delayed_send(this, settings.every, take_snapshot{slot, rec.serial, true});
}

void supervisor_actor::on_take(take_snapshot x) {
  if (x.slot >= records_.size())
    return;
  auto& rec = records_[x.slot];
  if (!rec.care || !rec.care->restores
      || (x.serial != 0 && x.serial != rec.serial))
    return;
  if (x.again)
    delayed_send(this, rec.spec->snapshots.every, x);
  if (core_.view(x.slot).state == child_state::running)
    ask_for_snapshot(x.slot, answer_within, [] {});
}

/// The child makes it in its own thread, the store writes it in its own.
void supervisor_actor::ask_for_snapshot(slot_id slot,
                                        duration within,
                                        std::function<void()> then) {
  auto& rec = at(slot);
  request(rec.current, within, snapshot_atom::value)
    .then(
      [to = rec.care->restores, then](std::string& bytes) {
        to->store->save(to->key, std::move(bytes));
        then();
      },
      [this, path = path_of(slot), then](const caf::error& why) {
        if (why != caf::sec::request_receiver_down) {
          event e;
          e.kind = "snapshot_failed";
          e.path = path;
          e.text = text_of(why);
          emit(std::move(e));
        }
        then();
      });
}

/// Asks for a last snapshot, if it has any, and then to end.
void supervisor_actor::stop_in_order(slot_id slot) {
  auto& rec = at(slot);
  if (!rec.care || !rec.care->restores || !rec.current || !rec.care->running)
    return stop_now(rec);
  if (!rec.process) { // its mailbox keeps the order
    ask_for_snapshot(slot, last_answer_within, [] {});
    return stop_now(rec);
  }
  ask_for_snapshot(slot, last_answer_within, [this, slot, serial = rec.serial] {
    if (slot < records_.size() && records_[slot].serial == serial)
      stop_now(records_[slot]);
  });
}

void supervisor_actor::stop_now(record& rec) {
  if (rec.process)
    rec.process->stop(infinite); // the core's timer decides when to kill
  else if (rec.current)
    send_exit(rec.current, caf::exit_reason::user_shutdown);
}

// -- giving them back ---------------------------------------------------------

/// A worker process is up: its state comes before any other message.
void supervisor_actor::restore_process(slot_id slot, uint64_t serial) {
  auto& rec = at(slot);
  auto state = rec.care ? rec.care->restores : nullptr;
  auto newest =
    state && rec.current ? state->store->newest(state->key) : std::nullopt;
  if (!newest)
    return process_is_ready(slot, serial);
  state->number = newest->number;
  auto ready = [this, slot, serial, state] {
    state->done = true;
    process_is_ready(slot, serial);
    carry_out();
  };
  request(rec.current, caf::infinite, restore_atom::value,
          std::move(newest->bytes))
    .then(ready, [this, slot, serial, ready](const caf::error& why) {
      if (why == caf::sec::unexpected_response)
        return ready();
      start_outcome failed{start_outcome::kind::failed, slot, serial,
                           actors::status_of(why)};
      on_outcome(failed);
    });
}

void supervisor_actor::process_is_ready(slot_id slot, uint64_t serial) {
  if (slot >= records_.size() || records_[slot].serial != serial
      || !records_[slot].process)
    return;
  auto& rec = records_[slot];
  if (rec.current)
    stable_handle::of(rec.handle)
      .point_to(caf::actor_cast<caf::strong_actor_ptr>(rec.current));
  core_.started(slot, serial, now());
  announce(slot);
}

/// An incarnation has ended. If it never came through its restoration, again
/// and again, the snapshot is to blame.
void supervisor_actor::judge_restoration(record& rec) {
  if (!rec.care)
    return;
  auto& care = *rec.care;
  auto state = std::exchange(care.restores, nullptr);
  if (!state || state->number == 0)
    return;
  if (state->done) {
    care.failed_starts = 0;
    return;
  }
  auto number = state->number.load();
  care.failed_starts =
    care.failed_snapshot == number ? care.failed_starts + 1 : 1;
  care.failed_snapshot = number;
  if (care.failed_starts < rec.spec->snapshots.tries)
    return;
  state->store->set_aside(state->key, number);
  event e;
  e.kind = "snapshot_set_aside";
  e.path = state->key;
  e.incarnation = rec.incarnation;
  e.text = "snapshot " + std::to_string(number) + " failed "
           + std::to_string(care.failed_starts)
           + " starts, last: " + rec.last_exit.str();
  emit(std::move(e));
  care.failed_starts = 0;
}

} // namespace actors
