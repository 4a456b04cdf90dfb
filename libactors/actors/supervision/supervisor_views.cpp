// What supervisor_actor shows: its children, the tree, who is at a path.

#include <actors/supervision/supervisor_actor.hpp>

namespace actors {

supervisor_actor::record* supervisor_actor::find(const std::string& id) {
  auto slot = core_.find(id);
  return slot == no_slot ? nullptr : &at(slot);
}

supervisor_actor::record& supervisor_actor::at(slot_id slot) {
  if (slot >= records_.size())
    records_.resize(slot + 1);
  return records_[slot];
}

std::string supervisor_actor::path_of(slot_id slot) const {
  auto& id = records_[slot].spec->id;
  return path_ + '/' + (dynamic_ ? dynamic_->id_of(slot) : id);
}

child_info supervisor_actor::info(const child_view& view) {
  auto& rec = at(view.slot);
  auto& spec = static_cast<const child_spec&>(*view.policy); // made by us
  child_info x;
  x.id = view.id.empty() ? spec.id : view.id;
  x.path = path_ + '/' + x.id;
  x.kind = spec.kind;
  x.runs_on = spec.runs_on;
  auto suspended = rec.handle && stable_handle::of(rec.handle).suspended();
  x.lost = rec.lost();
  x.state = suspended ? "suspended" : to_string(view.state);
  if (x.lost > 0 && view.state == child_state::stopped)
    x.state = "lost";
  x.incarnation = view.incarnation;
  x.restarts = view.restarts;
  x.pid = rec.pid();
  x.last_exit = rec.last_exit.str();
  x.handle = rec.handle;
  if (view.state == child_state::running)
    x.uptime_s = std::chrono::duration<double>(now() - view.since).count();
  // Only what the actor has taken in already: `mailbox().size()` would take in
  // the rest in our thread, and the actor would never be scheduled again.
  if (rec.current && !rec.process())
    if (auto* ptr = dynamic_cast<caf::scheduled_actor*>(
          caf::actor_cast<caf::abstract_actor*>(rec.current)))
      x.mailbox = ptr->mailbox().queue().total_task_size();
  return x;
}

child_counts supervisor_actor::counts() {
  auto n = core_.count_children();
  n.lost = lost_.size();
  return n;
}

std::vector<child_info> supervisor_actor::children() {
  std::vector<child_info> result;
  for (auto& view : core_.which_children())
    result.push_back(info(view));
  return result;
}

namespace {

/// A tree that waits for the answers of sub-supervisors.
struct gathering {
  tree_node node;
  size_t missing = 0;
  caf::typed_response_promise<tree_node> promise;

  void arrived() {
    if (missing == 0)
      promise.deliver(std::move(node));
  }
};

} // namespace

caf::result<tree_node> supervisor_actor::on_tree() {
  auto state = std::make_shared<gathering>();
  state->node.how = dynamic_ ? "dynamic" : to_string(core_.policy().how);
  state->node.self.path = path_;
  state->node.self.id = path_.substr(path_.rfind('/') + 1);
  state->node.self.kind = child_kind::supervisor;
  state->node.self.state = "running";
  state->node.self.incarnation = 1;
  state->node.self.mailbox = mailbox().size();
  for (auto& x : children())
    state->node.children.push_back({std::move(x), {}, {}});
  state->promise =
    make_response_promise<caf::typed_response_promise<tree_node>>();
  auto promise = state->promise;
  for (size_t i = 0; i < state->node.children.size(); ++i) {
    auto& child = state->node.children[i].self;
    if (child.kind != child_kind::supervisor || child.state != "running")
      continue;
    ++state->missing;
    request(child.handle, std::chrono::seconds{2}, tree_request{})
      .then(
        [state, i](tree_node& x) {
          state->node.children[i].how = std::move(x.how);
          state->node.children[i].children = std::move(x.children);
          --state->missing;
          state->arrived();
        },
        [state](caf::error&) {
          --state->missing; // it is restarting or busy: shown without children
          state->arrived();
        });
  }
  state->arrived();
  return promise;
}

caf::result<found_child> supervisor_actor::on_find(find_request& req) {
  auto slash = req.path.find('/');
  auto id = req.path.substr(0, slash);
  if (req.path.empty()) {
    found_child self;
    self.child.path = path_;
    self.child.kind = child_kind::supervisor;
    self.child.state = "running";
    self.child.handle = caf::actor{this};
    return self;
  }
  auto slot = core_.find(id);
  if (slot == no_slot)
    return make_sup_error(sup_errc::not_found,
                          path_ + " has no child '" + id + "'");
  auto& rec = at(slot);
  if (slash == std::string::npos) {
    found_child found{info(core_.view(slot)),
                      handle_ ? handle_ : caf::actor{this}, rec.spec->messages};
    return found;
  }
  if (!rec.handle)
    return make_sup_error(sup_errc::not_found,
                          path_of(slot) + " has not been started yet");
  if (rec.spec->kind != child_kind::supervisor)
    return make_sup_error(sup_errc::not_found, path_of(slot)
                                                 + " is a worker: it has no "
                                                   "children");
  auto promise =
    make_response_promise<caf::typed_response_promise<found_child>>();
  promise.delegate(rec.handle, find_request{req.path.substr(slash + 1)});
  return promise;
}

} // namespace actors
