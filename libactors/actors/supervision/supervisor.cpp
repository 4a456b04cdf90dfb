#include <actors/supervision/calls.hpp>
#include <actors/supervision/supervisor.hpp>

namespace actors {

using detail::call;
using detail::handle_of;
using detail::outcome_of;

caf::error error_of(const child_reply& x) {
  auto text = to_string(x.result) + (x.text.empty() ? "" : ": " + x.text);
  switch (x.result) {
  case op_result::ok:
  case op_result::ignored:
    return caf::none;
  case op_result::not_found:
    return make_sup_error(sup_errc::not_found, text);
  case op_result::invalid:
    return make_sup_error(sup_errc::bad_spec, text);
  case op_result::max_children:
    return make_sup_error(sup_errc::max_children, text);
  case op_result::start_failed:
    return make_sup_error(sup_errc::start_failed, text);
  default:
    return make_sup_error(sup_errc::bad_state, text);
  }
}

caf::expected<caf::actor> spawn_supervisor(caf::actor_system& sys,
                                           std::string path,
                                           supervisor_spec spec,
                                           runtime_ptr runtime) {
  return detail::spawn_root(sys, std::move(path), std::move(spec),
                            std::move(runtime));
}

caf::error stop_supervisor(caf::actor_system& sys,
                           const caf::actor& supervisor) {
  if (auto err = detail::refuse_inside_actor())
    return err;
  caf::scoped_actor self{sys};
  self->monitor(supervisor);
  self->send_exit(supervisor, caf::exit_reason::user_shutdown);
  self->receive([](caf::down_msg&) {});
  reclaim_all_incarnations();
  return caf::none;
}

caf::expected<caf::actor> start_child(caf::actor_system& sys,
                                      const caf::actor& supervisor,
                                      child_spec spec) {
  return handle_of(call<child_reply>(
    sys, supervisor,
    start_child_request{std::make_shared<const child_spec>(std::move(spec))}));
}

caf::error terminate_child(caf::actor_system& sys,
                           const caf::actor& supervisor,
                           const std::string& id) {
  return outcome_of(call<child_reply>(
    sys, supervisor, child_request{child_verb::terminate, id}));
}

caf::expected<caf::actor> restart_child(caf::actor_system& sys,
                                        const caf::actor& supervisor,
                                        const std::string& id) {
  return handle_of(
    call<child_reply>(sys, supervisor, child_request{child_verb::restart, id}));
}

caf::error delete_child(caf::actor_system& sys,
                        const caf::actor& supervisor,
                        const std::string& id) {
  return outcome_of(
    call<child_reply>(sys, supervisor, child_request{child_verb::remove, id}));
}

caf::error replace_children(caf::actor_system& sys,
                            const caf::actor& supervisor,
                            supervisor_spec spec) {
  return outcome_of(call<child_reply>(
    sys, supervisor,
    replace_request{std::make_shared<const supervisor_spec>(std::move(spec))}));
}

caf::error replace_child(caf::actor_system& sys,
                         const caf::actor& supervisor,
                         const std::string& id,
                         child_changes changes) {
  return outcome_of(call<child_reply>(
    sys, supervisor, replace_child_request{id, std::move(changes)}));
}

caf::error change_supervisor(caf::actor_system& sys,
                             const caf::actor& supervisor,
                             supervisor_changes changes) {
  return outcome_of(call<child_reply>(
    sys, supervisor, change_supervisor_request{std::move(changes)}));
}

caf::expected<child_info> which_child(caf::actor_system& sys,
                                      const caf::actor& supervisor,
                                      const std::string& id) {
  auto reply =
    call<child_reply>(sys, supervisor, child_request{child_verb::show, id});
  if (auto err = outcome_of(reply))
    return err;
  return std::move(reply->child);
}

caf::expected<std::shared_ptr<const child_spec>> child_spec_of(
  caf::actor_system& sys, const caf::actor& supervisor, const std::string& id) {
  auto found = call<found_spec>(sys, supervisor, child_spec_request{id});
  if (!found)
    return found.error();
  return std::move(found->spec);
}

caf::expected<std::vector<child_info>>
which_children(caf::actor_system& sys, const caf::actor& supervisor) {
  return call<std::vector<child_info>>(sys, supervisor,
                                       which_children_request{});
}

caf::expected<child_counts> count_children(caf::actor_system& sys,
                                           const caf::actor& supervisor) {
  return call<child_counts>(sys, supervisor, count_children_request{});
}

} // namespace actors
