// Messages that were given up.

#include <leptond/api/reply.hpp>

namespace leptond::api {

namespace {

using nlohmann::json;

constexpr int64_t max_limit = 1'000;

json letter_json(const actors::dead_letter& x) {
  return {
    {"id", x.id},           {"time", static_cast<double>(x.time_ms) / 1e3},
    {"path", x.path},       {"incarnation", x.incarnation},
    {"sender", x.sender},   {"request", x.request},
    {"message", x.message}, {"reason", x.reason},
    {"crashes", x.crashes}};
}

void on_dead_letters(const context& ctx,
                     const http::request& req,
                     const http::responder& out) {
  req.allow_query({"since", "limit", "path"});
  auto limit =
    static_cast<size_t>(req.query_integer("limit", 1, max_limit, 100));
  auto since =
    static_cast<uint64_t>(req.query_integer("since", 0, INT64_MAX, 0));
  const auto path = req.find_query("path").value_or("");
  auto letters = ctx.dead_letters.since(since, SIZE_MAX);
  std::erase_if(letters, [&](const actors::dead_letter& x) {
    return !path.empty() && x.path != path && !x.path.starts_with(path + '/');
  });
  auto list = json::array();
  for (auto i = letters.size() > limit ? letters.size() - limit : 0;
       i < letters.size(); ++i)
    list.push_back(letter_json(letters[i]));
  out.send(http::json_response(
    {{"dead_letters", std::move(list)}, {"total", ctx.dead_letters.total()}}));
}

} // namespace

void add_dead_letter_routes(http::router& routes, context& ctx) {
  routes.add("GET", "/api/v1/dead-letters",
             [&ctx](const auto& req, const auto& out) {
               on_dead_letters(ctx, req, out);
             });
}

} // namespace leptond::api
