// What supervisor_actor does for children whose state is kept.

#include <actors/supervision/child.hpp>
#include <actors/supervision/supervisor_actor.hpp>

namespace actors {

namespace {

using namespace std::chrono_literals;

/// A process that does not answer in this time is stopped without a snapshot.
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

bool detail::is_work(const caf::mailbox_element& x,
                     const caf::abstract_actor* self) {
  return is_from_outside(x.sender, x.mid, x.content(), self)
         && !x.content().match_elements<snapshot_atom>();
}

caf::mailbox_element_ptr detail::linked::next_snapshot() {
  auto& from = *care_->restores;
  if (++care_->handled < from.after_messages)
    return nullptr;
  care_->handled = 0;
  return snapshot_request(from.sink);
}

// -- taking them --------------------------------------------------------------

/// What the incarnation that is about to be started needs.
void supervisor_actor::begin_care(slot_id slot) {
  auto& rec = at(slot);
  auto& settings = rec.spec->snapshots;
  if (rec.more)
    rec.more->care.running = false;
  if (rec.spec->liveness != infinite) {
    auto shared = rec.spec->runs_on == carrier::process;
    auto& care = rec.own().care;
    care.progress = shared ? progress_mark::shared() : progress_mark::local();
    care.progress_seen = 0;
  }
  if (!settings.store)
    return;
  auto restores = std::make_shared<restoration>();
  restores->store = settings.store;
  restores->key = path_of(slot);
  restores->sink = sink_of(slot);
  auto& care = rec.own().care;
  care.restores = std::move(restores);
  if (rec.spec->runs_on == carrier::process)
    read_newest(slot);
  else
    care.restores->after_messages = settings.after_messages;
  if (settings.every != infinite)
    delayed_send(this, settings.every, take_snapshot{slot, rec.serial, true});
}

void supervisor_actor::on_take(take_snapshot x) {
  if (x.slot >= records_.size())
    return;
  auto& rec = records_[x.slot];
  if (!rec.restores() || (x.serial != 0 && x.serial != rec.serial))
    return;
  if (x.again)
    delayed_send(this, rec.spec->snapshots.every, x);
  if (core_.view(x.slot).state == child_state::running)
    ask_for_snapshot(rec);
}

/// Where the snapshots of a child go, whichever incarnation makes them.
const caf::strong_actor_ptr& supervisor_actor::sink_of(slot_id slot) {
  auto& care = at(slot).own().care;
  if (care.sink)
    return care.sink;
  auto failed = event_of("snapshot_failed");
  set_path(failed, path_of(slot));
  failed.carrier = to_string(at(slot).spec->runs_on);
  care.sink = snapshot_sink::make(
    system(), at(slot).spec->snapshots.store, failed.path,
    [runtime = runtime_, failed](const caf::error& why) {
      if (why == caf::sec::request_receiver_down || !runtime
          || !runtime->on_event)
        return;
      auto e = failed;
      e.text = text_of(why);
      try {
        runtime->on_event(std::move(e));
      } catch (...) { // a hook of the user: what it throws stays with it
      }
    });
  return care.sink;
}

/// The child makes it in its own thread, the store writes it in its own.
void supervisor_actor::ask_for_snapshot(record& rec) {
  caf::actor_cast<caf::abstract_actor*>(rec.current)
    ->enqueue(snapshot_request(rec.restores()->sink), context());
}

/// Asks for a last snapshot, if it has any, and then to end.
void supervisor_actor::stop_in_order(slot_id slot) {
  auto& rec = at(slot);
  if (!rec.restores() || !rec.current || !rec.more->care.running)
    return stop_now(rec);
  if (!rec.process()) { // its mailbox keeps the order
    ask_for_snapshot(rec);
    return stop_now(rec);
  }
  auto go_on = [this, slot, serial = rec.serial] {
    if (slot < records_.size() && records_[slot].serial == serial)
      stop_now(records_[slot]);
  };
  request(rec.current, last_answer_within, snapshot_atom::value)
    .then(
      [to = rec.restores(), go_on](std::string& bytes) {
        to->store->save(to->key, std::move(bytes));
        go_on();
      },
      [go_on](const caf::error&) { go_on(); });
}

void supervisor_actor::stop_now(record& rec) {
  if (auto* process = rec.process())
    process->stop(infinite); // the core's timer decides when to kill
  else if (rec.current)
    send_exit(rec.current, caf::exit_reason::user_shutdown);
}

// -- giving them back ---------------------------------------------------------

/// In a thread of its own, while the process starts: a slow disk must not hold
/// us up.
void supervisor_actor::read_newest(slot_id slot) {
  auto& rec = at(slot);
  auto read = [self = address(), slot, serial = rec.serial,
               from = rec.restores()](caf::event_based_actor*) {
    snapshot_read result{slot, serial, std::nullopt, {}};
    try {
      result.newest = from->store->newest(from->key);
    } catch (...) {
      auto problem = std::current_exception();
      result.problem = crash_reason(problem);
    }
    if (auto ptr = caf::actor_cast<caf::strong_actor_ptr>(self))
      caf::anon_send(caf::actor_cast<caf::actor>(ptr), std::move(result));
  };
  rec.more->care.read.reset();
  system().spawn<caf::detached>(std::move(read));
}

void supervisor_actor::on_read(snapshot_read& x) {
  if (x.slot >= records_.size() || records_[x.slot].serial != x.serial)
    return;
  auto slot = x.slot;
  auto serial = x.serial;
  records_[slot].own().care.read = std::move(x);
  if (records_[slot].pid() != 0)
    restore_process(slot, serial);
  carry_out();
}

/// A worker process is up: its state comes before any other message, when it
/// has been read.
void supervisor_actor::restore_process(slot_id slot, uint64_t serial) {
  auto& rec = at(slot);
  auto state = rec.restores();
  if (!state || !rec.current)
    return process_is_ready(slot, serial);
  if (!rec.more->care.read)
    return;
  auto& [place, number, newest, problem] = *rec.more->care.read;
  if (problem) {
    start_outcome failed{start_outcome::kind::failed, slot, serial,
                         actors::status_of(problem)};
    return on_outcome(failed);
  }
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
      || !records_[slot].process())
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
  if (!rec.more)
    return;
  auto& care = rec.more->care;
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
  auto e = event_of("snapshot_set_aside");
  set_path(e, state->key);
  e.carrier = to_string(rec.spec->runs_on);
  e.incarnation = rec.incarnation;
  e.text = "snapshot " + std::to_string(number) + " failed "
           + std::to_string(care.failed_starts)
           + " starts, last: " + rec.last_exit.str();
  emit(std::move(e));
  care.failed_starts = 0;
}

} // namespace actors
