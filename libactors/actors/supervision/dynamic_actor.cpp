// What supervisor_actor understands when it is a dynamic supervisor.

#include <actors/supervision/supervisor_actor.hpp>

namespace actors {

supervisor_actor::supervisor_actor(caf::actor_config& cfg,
                                   std::string path,
                                   std::shared_ptr<const dynamic_spec> spec,
                                   runtime_ptr runtime,
                                   caf::actor handle,
                                   acknowledgement ack,
                                   upward above)
  : caf::event_based_actor{cfg},
    path_{std::move(path)},
    runtime_{std::move(runtime)},
    handle_{std::move(handle)},
    ack_{std::move(ack)},
    pool_{std::move(spec)},
    decider_{std::make_unique<dynamic_core>(
      *pool_,
      pool_->max_children,
      std::shared_ptr<const child_policy>{pool_, &pool_->child})},
    core_{*decider_},
    dynamic_{static_cast<dynamic_core*>(decider_.get())},
    above_{std::move(above)} {
  core_.counts_above(above_.counts_restarts);
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
    at(slot).args = std::move(req.args);
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
