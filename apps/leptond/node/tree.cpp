#include <actors/supervision/child.hpp>
#include <leptond/node/examples.hpp>
#include <leptond/node/tree.hpp>
#include <roles/compute/trainer.hpp>
#include <roles/compute/worker.hpp>
#include <roles/controller/intake.hpp>
#include <roles/controller/job_table.hpp>
#include <roles/controller/scheduler.hpp>
#include <roles/controller/state.hpp>
#include <roles/network/router.hpp>
#include <roles/network/serving.hpp>
#include <roles/storage/storage_service.hpp>

namespace leptond {

namespace {

using namespace std::chrono_literals;
using parts_ptr = std::shared_ptr<node_parts>;

actors::supervisor_spec role_spec(actors::strategy how) {
  actors::supervisor_spec spec;
  spec.how = how;
  spec.max_restarts = 5;
  spec.within = 30s;
  return spec;
}

/// An actor with a thread of its own, found through `slot`.
actors::child_spec on_thread(actors::child_spec spec, roles::handle_ptr slot) {
  spec.runs_on = actors::carrier::thread;
  roles::announce_in(spec, std::move(slot));
  return spec;
}

// -- roles --------------------------------------------------------------------

actors::supervisor_spec storage_role(const parts_ptr& p) {
  roles::storage_parts parts;
  parts.blobs = p->store;
  parts.names = p->names;
  parts.references = [p] { return roles::blobs_of_jobs(*p->meta); };
  parts.report = p->report;
  auto spec = role_spec(actors::strategy::one_for_all);
  spec.children.push_back(on_thread(
    actors::actor_child("store", roles::storage_service, parts), p->storage));
  return spec;
}

void adjust(actors::supervisor_spec& spec,
            const node_config& config,
            const std::string& path);

actors::child_spec jobs_child(const node_config& config, const parts_ptr& p) {
  auto spec = role_spec(actors::strategy::one_for_one);
  spec.stop = actors::stop_order::parallel;
  adjust(spec, config, "controller.jobs");
  auto child = actors::supervisor_child("jobs", std::move(spec));
  roles::announce_in(child, p->jobs);
  return child;
}

actors::supervisor_spec controller_role(const node_config& config,
                                        const parts_ptr& p) {
  roles::trainer_links trainer{p->state, p->scheduler, p->storage,
                               p->store, p->names,     p->report};
  roles::scheduler_links links{p->state, p->jobs, p->workers,
                               [trainer](const std::string& job) {
                                 return roles::trainer_child(trainer, job);
                               }};
  auto scheduler =
    actors::actor_child("scheduler", roles::scheduler_actor, links);
  roles::announce_in(scheduler, p->scheduler);
  auto spec = role_spec(actors::strategy::rest_for_one);
  spec.children = {
    on_thread(actors::actor_child("state", roles::state_actor, p->meta,
                                  config.controller.keep_jobs),
              p->state),
    std::move(scheduler),
    on_thread(actors::actor_child("intake", roles::intake_actor,
                                  roles::intake_links{p->scheduler, p->state,
                                                      p->store, p->names}),
              p->intake),
    jobs_child(config, p)};
  return spec;
}

actors::carrier carrier_of(const std::string& isolation) {
  if (isolation == "actor")
    return actors::carrier::actor;
  if (isolation == "thread")
    return actors::carrier::thread;
  return actors::carrier::process;
}

roles::worker_settings worker_settings_of(const node_config& config) {
  auto& compute = config.compute;
  roles::worker_settings x;
  x.runs_on = carrier_of(compute.isolation);
  x.liveness = compute.deadline;
  if (compute.memory > 0)
    x.limits.data_bytes = compute.memory;
  if (compute.cpu_time > 0ms)
    x.limits.cpu_seconds = static_cast<uint64_t>(
      std::chrono::ceil<std::chrono::seconds>(compute.cpu_time).count());
  if (compute.nice > 0)
    x.limits.nice = static_cast<int>(compute.nice);
  return x;
}

actors::supervisor_spec workers_spec(const node_config& config,
                                     const parts_ptr& p) {
  actors::supervisor_spec spec;
  spec.max_restarts = 20;
  spec.within = 10s;
  spec.stop = actors::stop_order::parallel;
  const auto settings = worker_settings_of(config);
  for (size_t n = 1; n <= config.compute.workers; ++n) {
    auto worker = roles::worker_child(n, settings);
    worker.delay = {50ms, 5s};
    worker.on_up = [p](const actors::running_child& x) { p->workers->up(x); };
    worker.on_down = [p](const actors::running_child& x) {
      p->workers->down(x);
    };
    spec.children.push_back(std::move(worker));
  }
  return spec;
}

actors::supervisor_spec network_role(const parts_ptr& p,
                                     actors::child_spec api) {
  auto router = actors::actor_child("router", roles::router_actor, p->workers);
  roles::announce_in(router, p->router);
  roles::serving_links links{p->state, p->router,
                             std::make_shared<roles::served_models>(), p->store,
                             p->names};
  auto server = [&](const char* id, const roles::handle_ptr& slot) {
    return on_thread(actors::actor_child(id, roles::serving_actor, links),
                     slot);
  };
  auto spec = role_spec(actors::strategy::one_for_one);
  spec.children = {std::move(router), server("serving", p->serving),
                   server("evaluation", p->evaluation), std::move(api)};
  return spec;
}

// -- settings -----------------------------------------------------------------

/// Applies `[supervision.PATH]` to a supervisor.
void adjust(actors::supervisor_spec& spec,
            const node_config& config,
            const std::string& path) {
  auto i = config.supervision.find(path);
  if (i == config.supervision.end())
    return;
  auto& x = i->second;
  if (x.strategy)
    spec.how = *actors::strategy_from(*x.strategy);
  if (x.max_restarts)
    spec.max_restarts = static_cast<uint32_t>(*x.max_restarts);
  if (x.within)
    spec.within = *x.within;
  for (auto& child : spec.children) {
    if (x.backoff)
      child.delay.min = *x.backoff;
    if (x.backoff || x.backoff_max)
      child.delay.max =
        std::max<actors::duration>(x.backoff_max.value_or(5s), child.delay.min);
    if (x.grace && child.kind == actors::child_kind::worker)
      child.grace = *x.grace;
  }
}

actors::child_spec subtree(const node_config& config,
                           const std::string& id,
                           actors::supervisor_spec spec) {
  adjust(spec, config, id);
  return actors::supervisor_child(id, std::move(spec));
}

actors::supervisor_spec compute_role(const node_config& config,
                                     const parts_ptr& p) {
  auto workers = workers_spec(config, p);
  adjust(workers, config, "compute.workers");
  auto spec = role_spec(actors::strategy::one_for_one);
  spec.children.push_back(
    actors::supervisor_child("workers", std::move(workers)));
  return spec;
}

} // namespace

actors::supervisor_spec node_tree(const node_config& config,
                                  const parts_ptr& parts,
                                  actors::child_spec api) {
  actors::supervisor_spec root;
  root.max_restarts = 3;
  root.within = 60s;
  auto add = [&](const char* id, actors::supervisor_spec spec) {
    root.children.push_back(subtree(config, id, std::move(spec)));
  };
  if (config.has_role(role::storage))
    add("storage", storage_role(parts));
  // Trainers end before the workers that they were lent, and call it no loss.
  if (config.has_role(role::compute))
    add("compute", compute_role(config, parts));
  if (config.has_role(role::controller))
    add("controller", controller_role(config, parts));
  add("network", network_role(parts, std::move(api)));
  if (config.examples.enabled)
    add("examples", examples_role());
  adjust(root, config, "");
  return root;
}

} // namespace leptond
