#include <actors/supervision/child.hpp>
#include <actors/supervision/error.hpp>
#include <actors/supervision/spec.hpp>
#include <actors/supervision/stable_handle.hpp>
#include <actors/supervision/supervisor_actor.hpp>

#include <chrono>
#include <thread>
#include <unordered_set>

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
  : supervisor_{std::move(supervisor)}, slot_{slot}, serial_{serial} {}

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

// -- checks -------------------------------------------------------------------

caf::error check(const child_spec& spec) {
  auto problem = problem_with(spec);
  auto is_process = spec.runs_on == carrier::process;
  if (problem.empty() && is_process && !spec.process)
    problem = "child '" + spec.id + "': a process needs `process`";
  if (problem.empty() && !is_process && !spec.start)
    problem = "child '" + spec.id + "': an actor needs `start`";
  if (problem.empty())
    return caf::none;
  return make_sup_error(sup_errc::bad_spec, problem);
}

caf::error check(const supervisor_spec& spec) {
  if (auto problem = problem_with(spec); !problem.empty())
    return make_sup_error(sup_errc::bad_spec, problem);
  std::unordered_set<std::string> ids;
  for (auto& child : spec.children) {
    if (auto err = check(child))
      return err;
    if (!ids.insert(child.id).second)
      return make_sup_error(sup_errc::bad_spec,
                            "two children have the id '" + child.id
                              + "': ids must be unique among siblings");
  }
  return caf::none;
}

// -- children -----------------------------------------------------------------

child_spec supervisor_child(std::string id, supervisor_spec spec) {
  child_spec result;
  result.id = std::move(id);
  result.kind = child_kind::supervisor;
  result.grace = infinite;
  auto shared = std::make_shared<const supervisor_spec>(std::move(spec));
  result.start = [shared](start_context& ctx) -> caf::actor {
    ctx.acknowledges = true;
    return ctx.system.spawn<supervisor_actor>(ctx.path, shared, ctx.runtime,
                                              ctx.handle, ctx.ack);
  };
  return result;
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

caf::error detail::crash_handler(caf::scheduled_actor*, std::exception_ptr& x) {
  return crash_reason(x);
}

void detail::crash_child(caf::scheduled_actor* self,
                         const char* text,
                         bool is_request) {
  auto reason = crash_reason(text);
  if (is_request)
    self->make_response_promise().deliver(reason);
  self->quit(std::move(reason));
}

void detail::join_handle(const caf::actor_addr& handle,
                         caf::abstract_actor* self,
                         uint64_t incarnation) {
  if (auto ptr = caf::actor_cast<caf::strong_actor_ptr>(handle))
    stable_handle::of(caf::actor_cast<caf::actor>(ptr)).join(self, incarnation);
}

void detail::leave_handle(const caf::actor_addr& handle,
                          caf::abstract_actor* self) {
  if (auto ptr = caf::actor_cast<caf::strong_actor_ptr>(handle))
    stable_handle::of(caf::actor_cast<caf::actor>(ptr)).leave(self);
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
