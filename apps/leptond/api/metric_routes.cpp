// /metrics: what is counted all the time, and gauges that are read when asked.

#include <leptond/api/reply.hpp>
#include <leptond/api/tree_json.hpp>
#include <roles/controller/state.hpp>
#include <roles/network/router.hpp>

#include <map>
#include <optional>

namespace leptond::api {

namespace {

/// A scrape waits no longer; what is not there by then is left out.
constexpr std::chrono::seconds scrape_within{2};

/// What is asked for one scrape.
struct scrape {
  std::optional<actors::tree_node> tree;
  std::optional<roles::job_counts> jobs;
  std::optional<roles::router_load> load;
  int missing = 0;
};

void add_restarts(const actors::tree_node& node, metrics::readings& to) {
  to.push_back({{{"path", node.self.path}}, double(node.self.restarts)});
  for (const auto& child : node.children)
    add_restarts(child, to);
}

metrics::readings workers_of(const actors::tree_node& tree) {
  std::map<std::string, double> by_state{
    {"running", 0}, {"restarting", 0}, {"hung", 0}, {"stopped", 0}};
  if (const auto* pool = find(tree, "compute/workers"))
    for (const auto& x : pool->children)
      ++by_state[state_word(x.self.state)];
  metrics::readings result;
  for (const auto& [state, n] : by_state)
    result.push_back({{{"state", state}}, n});
  return result;
}

metrics::readings jobs_of(const roles::job_counts& x) {
  auto state = [](const char* word, size_t n) {
    return std::pair{metrics::labels{{"state", word}}, double(n)};
  };
  return {state("queued", x.queued), state("running", x.running),
          state("succeeded", x.succeeded), state("failed", x.failed),
          state("cancelled", x.cancelled)};
}

/// Values of a family, or nothing for who did not answer.
template <class T, class F>
metrics::readings readings_of(const std::optional<T>& x, F values) {
  return x ? metrics::readings(values(*x)) : metrics::readings{};
}

metrics::readings one(double value) {
  return {{{}, value}};
}

void publish(context& ctx, const scrape& x) {
  auto& to = ctx.figures;
  const std::chrono::duration<double> uptime =
    std::chrono::steady_clock::now() - ctx.started;
  to.replace("lepton_uptime_seconds", "Since the node started",
             one(uptime.count()));
  to.replace(
    "lepton_ready", "Whether every role runs (1) or not (0)",
    readings_of(x.tree, [](auto& t) { return one(not_ready(t).empty()); }));
  to.replace("lepton_workers", "Compute workers, by state",
             readings_of(x.tree, workers_of));
  to.replace("lepton_child_restarts",
             "Restarts of a child of the supervision tree, by its path",
             readings_of(x.tree, [](auto& t) {
               metrics::readings all;
               add_restarts(t, all);
               return all;
             }));
  to.replace("lepton_jobs", "Jobs of which there is a record, by state",
             readings_of(x.jobs, jobs_of));
  to.replace("lepton_inferences_waiting",
             "Requests for inference that wait for a worker to run",
             readings_of(x.load, [](auto& l) { return one(l.waiting); }));
  to.replace("lepton_inferences_under_way",
             "Requests for inference that workers have",
             readings_of(x.load, [](auto& l) { return one(l.under_way); }));
}

/// Asks `whom` for a part of the scrape; the last answer makes the text.
template <class Result, class Request, class Done>
void collect(caf::event_based_actor* self,
             const roles::handle_ptr& whom,
             Request request,
             const std::shared_ptr<scrape>& all,
             std::optional<Result> scrape::*part,
             Done done) {
  const auto handle = whom->get();
  if (!handle) // a role that this node does not have
    return;
  ++all->missing;
  self->request(handle, scrape_within, std::move(request))
    .then(
      [=](Result& x) {
        (*all).*part = std::move(x);
        if (--all->missing == 0)
          done();
      },
      [=](const caf::error&) {
        if (--all->missing == 0)
          done();
      });
}

void show(context& ctx, const http::responder& out) {
  ctx.visitors.add(ctx.system.spawn([&ctx, out](caf::event_based_actor* self) {
    auto all = std::make_shared<scrape>();
    auto done = [&ctx, self, all, out] {
      publish(ctx, *all);
      out.send({200, ctx.figures.text(), "text/plain; version=0.0.4", {}});
      self->quit();
    };
    collect(self, ctx.root, actors::tree_request{}, all, &scrape::tree, done);
    collect(self, ctx.state, roles::count_jobs{}, all, &scrape::jobs, done);
    collect(self, ctx.router, roles::get_load{}, all, &scrape::load, done);
    if (all->missing == 0)
      done();
  }));
}

} // namespace

void add_metric_routes(http::router& routes, context& ctx) {
  routes.add("GET", "/metrics",
             [&ctx](const auto&, const auto& out) { show(ctx, out); });
}

} // namespace leptond::api
