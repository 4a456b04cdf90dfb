// How supervisor_actor finds out whether a child lives.

#include <actors/supervision/child.hpp>
#include <actors/supervision/supervisor_actor.hpp>

#include <fstream>

namespace actors {

namespace {

using namespace std::chrono_literals;

/// Timers that are later than this make us doubt ourselves.
constexpr duration on_time = 100ms;

/// Whether a process has been stopped (SIGSTOP, a debugger): the one thing
/// that can be seen of a command from outside.
bool is_stopped(pid_t pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  auto name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 2 >= text.size())
    return false;
  auto state = text[name_end + 2];
  return state == 'T' || state == 't';
}

} // namespace

/// Asks by the cheapest means that will do: the mark that the child advances,
/// else a message that CAF's actors answer before their behavior, ahead of
/// what is queued.
void supervisor_actor::perform(action::probe& x) {
  auto& rec = at(x.slot);
  if (rec.serial != x.serial)
    return;
  if (moved(rec))
    return core_.alive(x.slot, x.serial);
  awaited_[x.slot] = x.serial;
  look_again(x.slot, rec);
  if (!rec.current) {
    if (!is_stopped(rec.pid()))
      on_alive(x.slot, x.serial);
    return;
  }
  auto alive = [this, slot = x.slot, serial = x.serial] {
    on_alive(slot, serial);
  };
  request<caf::message_priority::high>(
    rec.current, rec.spec->liveness * 2, caf::sys_atom::value,
    caf::get_atom::value, std::string{"info"})
    .then([alive](caf::ok_atom, const std::string&,
                  const caf::strong_actor_ptr&,
                  const std::string&) { alive(); },
          [alive](const caf::error& why) {
            if (why == caf::sec::unexpected_response
                || why == caf::sec::unexpected_message)
              alive(); // an answer all the same
          });
}

/// Whether the child's mark has moved since we last looked.
bool supervisor_actor::moved(record& rec) {
  if (!rec.more)
    return false;
  auto& care = rec.more->care;
  auto value = care.progress.value();
  return std::exchange(care.progress_seen, value) != value;
}

/// Long work may begin just before and go on after a question: the mark is
/// looked at once more before the child is judged.
void supervisor_actor::look_again(slot_id slot, const record& rec) {
  delayed_send(this, rec.spec->liveness * 3 / 4,
               look_at_mark{slot, rec.serial});
}

void supervisor_actor::on_look(look_at_mark x) {
  auto i = awaited_.find(x.slot);
  if (i != awaited_.end() && i->second == x.serial && moved(at(x.slot)))
    on_alive(x.slot, x.serial);
}

void supervisor_actor::on_alive(slot_id slot, uint64_t serial) {
  if (auto i = awaited_.find(slot); i != awaited_.end() && i->second == serial)
    awaited_.erase(i);
  if (slot < records_.size() && records_[slot].serial == serial)
    core_.alive(slot, serial);
}

/// We were late ourselves (no processor, a debugger, a machine that slept), so
/// that answers may wait in our mailbox: silence until now proves nothing.
void supervisor_actor::forgive(duration late) {
  if (late <= on_time)
    return;
  std::erase_if(awaited_, [&](const auto& x) {
    auto [slot, serial] = x;
    auto known = slot < records_.size() && records_[slot].serial == serial;
    if (known && late < records_[slot].spec->liveness / 2)
      return false;
    if (known)
      core_.alive(slot, serial);
    return true;
  });
}

} // namespace actors
