// child: what a supervisor does with one of its children, and how it keeps it.

#include <actors/supervision/messages.hpp>
#include <leptond/api/reply.hpp>
#include <leptond/api/spec_settings.hpp>

namespace leptond::api {

namespace {

using actors::child_verb;
using nlohmann::json;

json child_json(const actors::child_info& x) {
  json result{
    {"path", x.path}, {"state", x.state}, {"incarnation", x.incarnation}};
  if (x.pid != 0)
    result["pid"] = x.pid;
  return result;
}

/// What has to be done for a word of the shell, one after the other.
std::vector<child_verb> verbs_of(const std::string& word) {
  if (word == "start")
    return {child_verb::restart};
  if (word == "stop")
    return {child_verb::terminate};
  if (word == "restart")
    return {child_verb::terminate, child_verb::restart};
  if (word == "delete")
    return {child_verb::remove};
  if (word == "suspend")
    return {child_verb::suspend};
  return {child_verb::resume};
}

void operate(context& ctx,
             const caf::actor& parent,
             const std::string& id,
             std::vector<child_verb> verbs,
             const http::responder& out) {
  auto verb = verbs.front();
  verbs.erase(verbs.begin());
  ask<actors::child_reply>(
    ctx, parent, actors::child_request{verb, id}, patiently, out,
    [&ctx, parent, id, verbs, out](actors::child_reply& reply) {
      if (auto error = actors::error_of(reply))
        out.send(error_response(error));
      else if (verbs.empty())
        out.send(http::json_response(child_json(reply.child)));
      else
        operate(ctx, parent, id, verbs, out);
    });
}

void on_child(context& ctx,
              const std::string& word,
              const http::request& req,
              const http::responder& out) {
  auto path = require_text(http::parse_object(req.body), "path");
  find_actor(ctx, path, out, [&ctx, word, out](actors::found_child& x) {
    if (!x.parent)
      throw http::http_error{
        409, "the root has no supervisor: stop the node by SIGTERM"};
    operate(ctx, x.parent, x.child.id, verbs_of(word), out);
  });
}

// -- specifications -----------------------------------------------------------

constexpr auto no_parent = "the root has no supervisor above it";

/// Asks one after the other and answers with all that is known.
struct spec_view {
  context& ctx;
  actors::found_child found;
  http::responder out;
  json answer;

  void send() const { out.send(http::json_response(answer)); }
};

using view_ptr = std::shared_ptr<spec_view>;

/// How a supervisor keeps its own children.
void add_supervisor_settings(const view_ptr& view) {
  auto& whom = view->found.child.handle;
  if (view->found.child.kind != actors::child_kind::supervisor || !whom)
    return view->send();
  ask<actors::found_template>(
    view->ctx, whom, actors::template_request{}, promptly, view->out,
    [view, whom](actors::found_template& x) {
      if (x.spec) {
        view->answer["supervisor"] = settings_json(*x.spec);
        return view->send();
      }
      ask<actors::supervisor_policy>(
        view->ctx, whom, actors::policy_request{}, promptly, view->out,
        [view](actors::supervisor_policy& policy) {
          view->answer["supervisor"] = settings_json(policy);
          view->send();
        });
    });
}

void show_spec(context& ctx,
               const actors::found_child& x,
               json answer,
               const http::responder& out) {
  auto view =
    std::make_shared<spec_view>(spec_view{ctx, x, out, std::move(answer)});
  if (!x.parent)
    return add_supervisor_settings(view);
  ask<actors::found_spec>(ctx, x.parent, actors::child_spec_request{x.child.id},
                          promptly, out, [view](actors::found_spec& spec) {
                            view->answer["spec"] = settings_json(*spec.spec);
                            add_supervisor_settings(view);
                          });
}

void on_spec(context& ctx,
             const http::request& req,
             const http::responder& out) {
  req.allow_query({"path"});
  find_actor(ctx, req.require_query("path"), out,
             [&ctx, out](actors::found_child& x) {
               show_spec(ctx, x, {{"path", x.child.path}}, out);
             });
}

/// Why this cannot be changed here, in the operator's words.
[[noreturn]] void refuse_change(const actors::found_child& x,
                                bool of_supervisor) {
  auto& path = x.child.path;
  auto above = path.substr(0, path.rfind('/'));
  throw http::http_error{
    409, of_supervisor
           ? path + ": only a dynamic supervisor has max_children and template."
           : path + ": all children of " + above
               + " follow its template: child replace " + above
               + " --set template.KEY=VALUE"};
}

void replace(context& ctx,
             const actors::found_child& x,
             const wanted_changes& changes,
             const http::responder& out) {
  auto done = [&ctx, x, out,
               of_it = changes.of_supervisor](actors::child_reply& reply) {
    if (reply.result == actors::op_result::unsupported)
      refuse_change(x, of_it);
    if (auto error = actors::error_of(reply))
      return out.send(error_response(error));
    show_spec(ctx, x, child_json(x.child), out);
  };
  auto& path = x.child.path;
  if (!changes.of_supervisor) {
    if (!x.parent)
      throw http::http_error{409, path + ": " + no_parent};
    ask<actors::child_reply>(
      ctx, x.parent, actors::replace_child_request{x.child.id, changes.child},
      patiently, out, done);
    return;
  }
  if (x.child.kind != actors::child_kind::supervisor)
    throw http::http_error{
      409, path + " is a worker: it has no children to treat in another way"};
  if (!x.child.handle)
    throw http::http_error{409, path + " has not been started yet"};
  ask<actors::child_reply>(
    ctx, x.child.handle, actors::change_supervisor_request{changes.supervisor},
    patiently, out, done);
}

void on_replace(context& ctx,
                const http::request& req,
                const http::responder& out) {
  auto body = http::parse_object(req.body);
  auto path = require_text(body, "path");
  auto changes = read_changes(body.value("set", json::object()));
  find_actor(ctx, path, out, [&ctx, changes, out](actors::found_child& x) {
    replace(ctx, x, changes, out);
  });
}

} // namespace

void add_child_routes(http::router& routes, context& ctx) {
  for (std::string word :
       {"start", "stop", "restart", "delete", "suspend", "resume"})
    routes.add("POST", "/api/v1/children/" + word,
               [&ctx, word](const auto& req, const auto& out) {
                 on_child(ctx, word, req, out);
               });
  routes.add(
    "POST", "/api/v1/children/replace",
    [&ctx](const auto& req, const auto& out) { on_replace(ctx, req, out); });
  routes.add(
    "GET", "/api/v1/children/spec",
    [&ctx](const auto& req, const auto& out) { on_spec(ctx, req, out); });
}

} // namespace leptond::api
