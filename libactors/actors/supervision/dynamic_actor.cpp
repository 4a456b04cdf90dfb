// What supervisor_actor understands when it is a dynamic supervisor.

#include <actors/supervision/supervisor_actor.hpp>

namespace actors {

supervisor_actor::supervisor_actor(caf::actor_config& cfg,
                                   position where,
                                   std::shared_ptr<const dynamic_spec> spec)
  : supervisor_actor{
    cfg, std::move(where),
    std::make_unique<dynamic_core>(
      *spec,
      spec->max_children,
      std::shared_ptr<const child_policy>{spec, &spec->child})} {
  pool_ = std::move(spec);
  dynamic_ = static_cast<dynamic_core*>(decider_.get());
}

caf::result<child_reply>
supervisor_actor::on_instance(start_instance_request& req) {
  if (!dynamic_)
    return child_reply{
      op_result::unsupported, {}, "only a dynamic supervisor has a template"};
  auto token = ++last_token_;
  auto promise = promise_for(token);
  auto slot = dynamic_->start_instance(req.name, token, now());
  if (slot != no_slot)
    if (!req.args.empty())
      at(slot).own().args = std::move(req.args);
  carry_out();
  return promise;
}

caf::result<child_reply>
supervisor_actor::on_terminate(terminate_handle_request& req) {
  auto* handle = dynamic_cast<stable_handle*>(
    req.child ? caf::actor_cast<caf::abstract_actor*>(req.child) : nullptr);
  if (!dynamic_ || !handle)
    return child_reply{op_result::not_found, {}, {}};
  if (handle->closed())
    return child_reply{op_result::ok, {}, {}};
  auto slot = handle->place();
  if (slot >= records_.size() || records_[slot].handle != req.child)
    return child_reply{op_result::not_found, {}, {}};
  auto token = ++last_token_;
  auto promise = promise_for(token);
  dynamic_->terminate(slot, token, now());
  carry_out();
  return promise;
}

} // namespace actors
