#include <actors/supervision/calls.hpp>
#include <actors/supervision/dynamic.hpp>

namespace actors {

namespace {

/// What is wrong with it beside its template; empty if nothing is.
std::string problem_in(const dynamic_spec& x) {
  if (auto problem = problem_with(x); !problem.empty())
    return problem;
  if (x.how != strategy::one_for_one)
    return "how: the children of a dynamic supervisor are independent, so that "
           "it must be one_for_one";
  if (x.max_children == 0)
    return "max_children must be positive";
  if (x.ends != auto_shutdown::never || x.child.significant)
    return "a dynamic supervisor has no significant children: `ends` must be "
           "never, `significant` false";
  return {};
}

} // namespace

caf::error check(const dynamic_spec& spec, const std::string& path) {
  auto problem = problem_in(spec);
  if (problem.empty())
    return check(spec.child, path);
  return make_sup_error(sup_errc::bad_spec,
                        path.empty() ? problem : path + ": " + problem);
}

child_spec dynamic_supervisor_child(std::string id, dynamic_spec spec) {
  child_spec result;
  result.id = std::move(id);
  result.kind = child_kind::supervisor;
  result.grace = infinite;
  result.pool = std::make_shared<const dynamic_spec>(std::move(spec));
  result.start = [shared = result.pool](start_context& ctx) -> caf::actor {
    ctx.acknowledges = true;
    auto replaced = ctx.cell ? ctx.cell->get<dynamic_spec>() : nullptr;
    return ctx.system.spawn<supervisor_actor>(
      position_in(ctx), replaced ? std::move(replaced) : shared);
  };
  return result;
}

caf::expected<caf::actor> spawn_dynamic_supervisor(caf::actor_system& sys,
                                                   std::string path,
                                                   dynamic_spec spec,
                                                   runtime_ptr runtime) {
  return detail::spawn_root(sys, std::move(path), std::move(spec),
                            std::move(runtime));
}

caf::expected<caf::actor> start_child(caf::actor_system& sys,
                                      const caf::actor& supervisor,
                                      caf::message args,
                                      std::string name) {
  return detail::handle_of(detail::call<child_reply>(
    sys, supervisor, start_instance_request{std::move(args), std::move(name)}));
}

caf::error terminate_child(caf::actor_system& sys,
                           const caf::actor& supervisor,
                           const caf::actor& child) {
  auto reply =
    detail::call<child_reply>(sys, supervisor, terminate_handle_request{child});
  return reply ? error_of(*reply) : reply.error();
}

caf::error replace_template(caf::actor_system& sys,
                            const caf::actor& supervisor,
                            dynamic_spec spec) {
  auto reply = detail::call<child_reply>(
    sys, supervisor,
    replace_template_request{
      std::make_shared<const dynamic_spec>(std::move(spec))});
  return reply ? error_of(*reply) : reply.error();
}

void detail::refuse_arguments(const caf::message& args) {
  throw std::invalid_argument{"start_child: the arguments "
                              + caf::to_string(args)
                              + " are not those of the template's function"};
}

} // namespace actors
