#include "tests/actors/conformance/subject.hpp"

#include <actors/supervision/child.hpp>
#include <actors/supervision/error.hpp>

#include <condition_variable>
#include <iostream>
#include <mutex>
#include <stdexcept>

namespace conformance {

namespace {

std::mutex mutex;
std::condition_variable changed;
bool released = false;
int hung = 0;

void hang() {
  std::cout << hanging << std::endl;
  std::unique_lock lock{mutex};
  ++hung;
  changed.notify_all();
  changed.wait(lock, [] { return released; });
}

void set_stop(caf::event_based_actor* self, at_stop stop) {
  if (stop == at_stop::obeys)
    return;
  self->set_exit_handler([self, stop](caf::exit_msg&) {
    if (stop == at_stop::is_sour)
      self->quit(actors::crash_reason("sour"));
    else if (stop == at_stop::quits)
      self->quit();
  });
}

void end(caf::event_based_actor* self,
         const std::string& verb,
         const std::string& text) {
  if (verb == "quit")
    self->quit();
  if (verb == "shutdown" || verb == "go")
    self->quit(caf::exit_reason::user_shutdown);
  if (verb == "fail")
    self->quit(actors::crash_reason(text));
}

} // namespace

void release_hung() {
  std::lock_guard guard{mutex};
  released = true;
  changed.notify_all();
}

void hold_hung() {
  std::lock_guard guard{mutex};
  released = false;
  hung = 0;
}

bool await_hung(std::chrono::seconds patience) {
  std::unique_lock lock{mutex};
  return changed.wait_for(lock, patience, [] { return hung > 0; });
}

caf::behavior subject(caf::event_based_actor* self, at_stop stop) {
  set_stop(self, stop);
  return {
    [self](const std::string& verb, const std::string& text) -> std::string {
      if (verb == "crash")
        throw std::runtime_error{text};
      if (verb == "timer")
        self->delayed_send(self, std::chrono::milliseconds{1},
                           std::string{"crash"}, text);
      if (verb == "hang")
        hang();
      if (verb == "healthy")
        actors::healthy(self);
      end(self, verb, text);
      return text;
    }};
}

} // namespace conformance
