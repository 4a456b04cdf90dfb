// train, jobs, job.

#include <leptond/api/reply.hpp>
#include <roles/controller/intake.hpp>
#include <roles/controller/scheduler.hpp>

namespace leptond::api {

namespace {

using nlohmann::json;
using roles::job_record;

constexpr int64_t max_wait_ms = 60'000;

/// The stored record, with times as the API tells them.
json job_json(const job_record& x) {
  auto result = roles::to_json(x);
  for (auto name : {"created_ms", "started_ms", "finished_ms"})
    result.erase(name);
  result["created"] = seconds_of(x.created_ms);
  if (x.started_ms > 0)
    result["started"] = seconds_of(x.started_ms);
  if (x.finished_ms > 0)
    result["ended"] = seconds_of(x.finished_ms);
  return result;
}

/// What a list shows of a job: no curve, no matrix, no parameters.
json short_json(const job_record& x) {
  auto result = job_json(x);
  for (auto name : {"history", "params", "data", "checkpoint"})
    result.erase(name);
  auto& metrics = result["metrics"];
  for (auto i = metrics.begin(); i != metrics.end();)
    i = i->is_structured() ? metrics.erase(i) : std::next(i);
  return result;
}

void submit(context& ctx,
            const http::request& req,
            const http::responder& out) {
  ask_json<job_record>(ctx, ctx.intake->get(),
                       roles::submit_request{http::parse_object(req.body)},
                       patiently, out, [](const job_record& x) {
                         return json{{"job", x.id}};
                       });
}

void get(context& ctx, const http::request& req, const http::responder& out) {
  req.allow_query({"wait_ms", "since"});
  roles::get_job query{req.params.at("id"),
                       req.query_integer("since", 0, INT64_MAX, 0),
                       req.query_integer("wait_ms", 0, max_wait_ms, 0)};
  auto within = promptly + std::chrono::milliseconds{query.wait_ms};
  ask_json<job_record>(ctx, ctx.state->get(), std::move(query), within, out,
                       job_json);
}

void list(context& ctx, const http::responder& out) {
  ask_json<std::vector<job_record>>(ctx, ctx.state->get(), roles::list_jobs{},
                                    promptly, out, [](auto& jobs) {
                                      auto result = json::array();
                                      for (auto& x : jobs)
                                        result.push_back(short_json(x));
                                      return result;
                                    });
}

} // namespace

void add_job_routes(http::router& routes, context& ctx) {
  routes.add("POST", "/api/v1/jobs", [&ctx](const auto& req, const auto& out) {
    submit(ctx, req, out);
  });
  routes.add("GET", "/api/v1/jobs",
             [&ctx](const auto&, const auto& out) { list(ctx, out); });
  routes.add("GET", "/api/v1/jobs/{id}",
             [&ctx](const auto& req, const auto& out) { get(ctx, req, out); });
  routes.add("POST", "/api/v1/jobs/{id}/cancel",
             [&ctx](const auto& req, const auto& out) {
               ask_json<job_record>(ctx, ctx.scheduler->get(),
                                    roles::stop_job{req.params.at("id")},
                                    promptly, out, job_json);
             });
  routes.add("POST", "/api/v1/jobs/{id}/verify",
             [&ctx](const auto& req, const auto& out) {
               auto of = req.params.at("id");
               ask_json<job_record>(ctx, ctx.scheduler->get(),
                                    roles::verify_job{of}, promptly, out,
                                    [of](const job_record& x) {
                                      return json{{"job", x.id}, {"of", of}};
                                    });
             });
}

} // namespace leptond::api
