// How supervisor_actor takes other specifications while it runs.

#include <actors/supervision/supervisor_actor.hpp>

namespace actors {

namespace {

constexpr auto has_template = "its children follow one template: change that";

} // namespace

caf::result<child_reply> supervisor_actor::on_replace(replace_request& req) {
  if (!static_)
    return child_reply{op_result::unsupported, {}, has_template};
  if (!req.spec)
    return child_reply{op_result::ignored, {}, {}};
  if (auto err = check(*req.spec, path_))
    return child_reply{op_result::invalid, {}, text_of(err)};
  auto token = ++last_token_;
  auto promise = promise_for(token);
  replacing_.emplace(token, pending_change{pending_change::kind::all, req.spec,
                                           "all specifications"});
  static_->replace(*req.spec, policies_of(req.spec), token, now());
  carry_out();
  return promise;
}

caf::result<child_reply>
supervisor_actor::on_replace_child(replace_child_request& req) {
  if (!static_)
    return child_reply{op_result::unsupported, {}, has_template};
  auto token = ++last_token_;
  auto promise = promise_for(token);
  replacing_.emplace(token, pending_change{pending_change::kind::child, nullptr,
                                           to_string(req.changes)});
  static_->replace_child(
    req.id,
    [changes = std::move(req.changes)](const auto& present) {
      auto next = std::make_shared<child_spec>(
        static_cast<const child_spec&>(*present)); // made by us
      apply(changes, *next);
      return next;
    },
    token, now());
  carry_out();
  return promise;
}

caf::result<child_reply>
supervisor_actor::on_change(change_supervisor_request& req) {
  auto& changes = req.changes;
  if (!static_)
    return change_dynamic(changes);
  if (changes.max_children || !to_string(changes.pattern).empty())
    return child_reply{op_result::unsupported,
                       {},
                       "only a dynamic supervisor has a template and "
                       "max_children"};
  auto token = ++last_token_;
  auto promise = promise_for(token);
  replacing_.emplace(token, pending_change{pending_change::kind::policy,
                                           nullptr, to_string(changes)});
  static_->replace_policy(
    [changes](supervisor_policy next) {
      apply(changes, next);
      return next;
    },
    token, now());
  carry_out();
  return promise;
}

/// A request has been answered that may have changed something: it stays so
/// when we are restarted.
void supervisor_actor::keep_changes(const action::reply& x) {
  auto found = replacing_.extract(x.to);
  if (found.empty() || x.result != op_result::ok)
    return;
  auto& change = found.mapped();
  auto e =
    x.child.policy ? event_of("replaced", x.child.slot) : event_of("replaced");
  e.text = std::move(change.text);
  switch (change.what) {
  case pending_change::kind::all:
    spec_ = std::move(change.spec);
    break;
  case pending_change::kind::child:
    keep_changes_of(x.child.policy->id);
    break;
  case pending_change::kind::policy: {
    auto next = std::make_shared<supervisor_spec>(*spec_);
    static_cast<supervisor_policy&>(*next) = core_.policy();
    spec_ = std::move(next);
    break;
  }
  }
  if (above_.cell)
    above_.cell->set(spec_);
  emit(std::move(e));
}

/// A child has other specifications: it keeps them if we are started with it.
void supervisor_actor::keep_changes_of(const std::string& id) {
  auto next = std::make_shared<supervisor_spec>(*spec_);
  for (auto& child : next->children)
    if (auto* rec = find(id); rec && child.id == id)
      child = *rec->spec;
  spec_ = std::move(next);
}

// -- dynamic ones -------------------------------------------------------------

child_reply supervisor_actor::on_template(replace_template_request& req) {
  if (!dynamic_)
    return {
      op_result::unsupported, {}, "only a dynamic supervisor has a template"};
  return use_template(req.spec, "all settings and the template");
}

child_reply
supervisor_actor::change_dynamic(const supervisor_changes& changes) {
  auto next = std::make_shared<dynamic_spec>(*pool_);
  apply(changes, *next);
  apply(changes.pattern, next->child);
  next->max_children = changes.max_children.value_or(next->max_children);
  return use_template(std::move(next), to_string(changes));
}

child_reply
supervisor_actor::use_template(std::shared_ptr<const dynamic_spec> next,
                               std::string text) {
  if (auto err = check(*next, path_))
    return {op_result::invalid, {}, text_of(err)};
  pool_ = std::move(next);
  dynamic_->replace(*pool_, pool_->max_children,
                    std::shared_ptr<const child_policy>{pool_, &pool_->child},
                    now());
  if (above_.cell)
    above_.cell->set(pool_);
  auto e = event_of("replaced");
  e.text = std::move(text);
  emit(std::move(e));
  return {op_result::ok, {}, {}};
}

} // namespace actors
