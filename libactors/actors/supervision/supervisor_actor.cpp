#include <actors/supervision/child.hpp>
#include <actors/supervision/supervisor_actor.hpp>

namespace actors {

std::vector<std::shared_ptr<const child_policy>>
policies_of(const std::shared_ptr<const supervisor_spec>& spec) {
  std::vector<std::shared_ptr<const child_policy>> result;
  result.reserve(spec->children.size());
  for (auto& child : spec->children)
    result.emplace_back(spec, &child); // shares the ownership of the whole
  return result;
}

supervisor_actor::supervisor_actor(caf::actor_config& cfg,
                                   position where,
                                   std::unique_ptr<decider> core)
  : caf::event_based_actor{cfg},
    path_{std::move(where.path)},
    runtime_{std::move(where.runtime)},
    handle_{std::move(where.handle)},
    ack_{std::move(where.ack)},
    above_{std::move(where.above)},
    decider_{std::move(core)},
    core_{*decider_} {
  core_.counts_above(above_.counts_restarts);
}

supervisor_actor::supervisor_actor(caf::actor_config& cfg,
                                   position where,
                                   std::shared_ptr<const supervisor_spec> spec)
  : supervisor_actor{
    cfg, std::move(where),
    std::make_unique<supervisor_core>(*spec, policies_of(spec))} {
  spec_ = std::move(spec);
  static_ = static_cast<supervisor_core*>(decider_.get());
  records_.resize(spec_->children.size());
  for (size_t i = 0; i < records_.size(); ++i)
    records_[i].spec = {spec_, &spec_->children[i]};
}

caf::behavior supervisor_actor::make_behavior() {
  prepare_child(this);
  set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  set_exit_handler([this](caf::exit_msg& msg) {
    take_injected_fault(msg.reason);
    core_.shutdown(actors::status_of(msg.reason), now());
    carry_out();
  });
  set_default_handler([this](caf::scheduled_actor*, caf::message_view& x) {
    return on_unexpected(x);
  });
  core_.listen(runtime_ && runtime_->on_event);
  core_.boot(now());
  carry_out();
  return {
    [this](incarnation_down& x) { on_down(x); },
    [this](start_outcome& x) { on_outcome(x); },
    [this](process_up& x) { on_process_up(x); },
    [this](process_down& x) { on_process_down(x); },
    [this](process_notice& x) { on_process_notice(x); },
    [this](core_timer x) {
      core_.timeout(x.number, now());
      carry_out();
    },
    [this](timers_due) { on_timers(); },
    [this](look_at_mark x) { on_look(x); },
    [this](take_snapshot x) { on_take(x); },
    [this](snapshot_read& x) { on_read(x); },
    [this](start_child_request& req) { return on_start(req); },
    [this](child_request& req) { return on_request(req); },
    [this](start_instance_request& req) { return on_instance(req); },
    [this](terminate_handle_request& req) { return on_terminate(req); },
    [this](replace_template_request& req) { return on_template(req); },
    [this](which_children_request) { return children(); },
    [this](count_children_request) { return counts(); },
    [this](replace_request& req) { return on_replace(req); },
    [this](replace_child_request& req) { return on_replace_child(req); },
    [this](change_supervisor_request& req) { return on_change(req); },
    [this](template_request) { return found_template{pool_}; },
    [this](const child_spec_request& req) { return on_spec(req); },
    [this](policy_request) { return core_.policy(); },
    [this](tree_request) { return on_tree(); },
    [this](find_request& req) { return on_find(req); },
  };
}

/// However we end, no child outlives us: after an orderly stop there is none,
/// else (killed, crashed) what is left is killed.
void supervisor_actor::on_exit() {
  if (!handle_ && runtime_ && runtime_->roots) // before anybody hears of it
    runtime_->roots->release(path_);
  if (handle_)
    stable_handle::of(handle_).leave(this);
  const auto gone = make_sup_error(sup_errc::gone, "its supervisor has ended");
  for (auto& rec : records_) {
    if (auto* process = rec.process())
      process->kill();
    else if (rec.current)
      kill_actor(rec.current);
    withdraw_when_gone(rec);
    if (rec.handle)
      stable_handle::of(rec.handle).close(gone);
  }
  records_.clear();
  for (auto& [token, promise] : promises_)
    promise.deliver(
      caf::error{make_sup_error(sup_errc::gone, "the supervisor has ended")});
  promises_.clear();
  handle_ = nullptr;
  reclaim_incarnations();
}

// -- inputs -------------------------------------------------------------------

time_point supervisor_actor::now() {
  return time_point{clock().now().time_since_epoch()};
}

void supervisor_actor::on_down(incarnation_down& x) {
  auto slot = x.slot;
  auto serial = x.serial;
  if (slot >= records_.size() || records_[slot].serial != serial
      || !records_[slot].current) {
    on_lost_one_gone(serial);
    return;
  }
  auto status = actors::status_of(x.reason);
  drop_incarnation(slot, status);
  auto by_itself = !is_abnormal(status);
  core_.down(slot, serial, std::move(status), now());
  carry_out();
  if (by_itself)
    settle(slot);
}

/// What was left behind has come round and ended after all.
void supervisor_actor::on_lost_one_gone(uint64_t serial) {
  auto i = lost_.find(serial);
  if (i == lost_.end())
    return;
  auto e = event_of("lost_child_gone");
  set_path(e, path_ + '/' + i->second);
  if (auto* rec = find(i->second); rec && rec->lost() > 0)
    --rec->own().lost;
  lost_.erase(i);
  emit(std::move(e));
}

void supervisor_actor::on_outcome(start_outcome& x) {
  using kind = start_outcome::kind;
  if (x.how == kind::restarted_below) // counts, whoever it was
    core_.restarted_below(x.slot, now());
  else if (x.slot >= records_.size() || records_[x.slot].serial != x.serial)
    return;
  else if (x.how == kind::healthy)
    core_.healthy(x.slot, x.serial);
  else if (x.how == kind::started)
    core_.started(x.slot, x.serial, now());
  else
    on_start_refused(x);
  if (x.how == kind::started)
    announce(x.slot);
  carry_out();
}

/// Of a child that has acknowledged its start, or is being stopped anyway, it
/// means nothing: what it does counts.
void supervisor_actor::on_start_refused(start_outcome& x) {
  if (core_.view(x.slot).state != child_state::starting)
    return;
  auto actor = records_[x.slot].current;
  drop_incarnation(x.slot, x.why);
  if (actor)
    kill_actor(actor);
  if (x.how == start_outcome::kind::ignored)
    core_.ignored(x.slot, x.serial, now());
  else
    core_.start_failed(x.slot, x.serial, std::move(x.why), now());
}

caf::result<child_reply> supervisor_actor::on_start(start_child_request& req) {
  if (auto err = check(*req.spec, path_))
    return child_reply{op_result::invalid, {}, text_of(err)};
  auto token = ++last_token_;
  auto promise = promise_for(token);
  core_.start_child(std::move(req.spec), token, now());
  carry_out();
  return promise;
}

caf::result<child_reply> supervisor_actor::on_request(child_request& req) {
  switch (req.verb) {
  case child_verb::suspend:
    return set_suspended(req.id, true);
  case child_verb::resume:
    return set_suspended(req.id, false);
  case child_verb::kill:
    return kill_by_request(req.id);
  case child_verb::show:
    return show(req.id);
  default:
    break;
  }
  auto token = ++last_token_;
  auto promise = promise_for(token);
  if (req.verb == child_verb::terminate)
    core_.terminate_child(req.id, token, now());
  else if (req.verb == child_verb::restart)
    core_.restart_child(req.id, token, now());
  else
    core_.delete_child(req.id, token, now());
  carry_out();
  return promise;
}

supervisor_actor::child_promise
supervisor_actor::promise_for(request_token token) {
  return promises_.emplace(token, make_response_promise<child_promise>())
    .first->second;
}

child_reply supervisor_actor::show(const std::string& id) {
  auto slot = core_.find(id);
  if (slot == no_slot)
    return {op_result::not_found, {}, {}};
  return {op_result::ok, info(core_.view(slot)), {}};
}

caf::result<found_spec>
supervisor_actor::on_spec(const child_spec_request& req) {
  if (auto* rec = find(req.id))
    return found_spec{rec->spec};
  return make_sup_error(sup_errc::not_found,
                        path_ + " has no child '" + req.id + "'");
}

child_reply supervisor_actor::set_suspended(const std::string& id, bool value) {
  auto* rec = find(id);
  if (!rec)
    return {op_result::not_found, {}, {}};
  if (rec->handle) {
    auto& handle = stable_handle::of(rec->handle);
    value ? handle.suspend() : handle.resume();
  }
  return {op_result::ok, info(core_.view(core_.find(id))), {}};
}

child_reply supervisor_actor::kill_by_request(const std::string& id) {
  auto* rec = find(id);
  if (!rec)
    return {op_result::not_found, {}, {}};
  auto before = info(core_.view(core_.find(id)));
  if (auto* process = rec->process())
    process->kill();
  else if (rec->current)
    kill_actor(rec->current);
  return {op_result::ok, std::move(before), {}};
}

} // namespace actors
