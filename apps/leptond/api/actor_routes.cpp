// describe, ask, send, chaos.

#include <actors/observe/message_text.hpp>
#include <actors/supervision/child.hpp>
#include <actors/supervision/messages.hpp>
#include <leptond/api/reply.hpp>
#include <leptond/api/tree_json.hpp>

namespace leptond::api {

namespace {

using nlohmann::json;

constexpr int max_ask_ms = 110'000;

json describe_json(const actors::found_child& x) {
  auto messages = json::array();
  for (auto& m : x.messages) {
    auto signature =
      to_string(actors::message_signature{m.verb, m.parameters, {}});
    messages.push_back({{"signature", signature}, {"reply", m.reply}});
  }
  return {{"path", x.child.path}, {"messages", messages}};
}

/// The message that the text is for this actor, checked.
caf::message message_for(const actors::found_child& x,
                         const std::string& text) {
  auto message = actors::parse_message(text, x.messages);
  if (!message)
    throw http::http_error{422, x.child.path + ": "
                                  + actors::text_of(message.error())};
  return std::move(*message);
}

/// A reply of any type: CAF hands what it was not told to expect over as an
/// error with the message in it.
void send_reply(const http::responder& out, const caf::message& reply) {
  http::response response;
  response.body = "{\"reply\":" + actors::to_json(reply) + "}";
  out.send(std::move(response));
}

void forward(context& ctx,
             const actors::found_child& x,
             const caf::message& message,
             std::chrono::milliseconds within,
             const http::responder& out) {
  ctx.visitors.add(ctx.system.spawn([=](caf::event_based_actor* self) {
    self->request(x.child.handle, within, message)
      .then(
        [=] {
          send_reply(out, caf::message{});
          self->quit();
        },
        [=](const caf::error& error) {
          if (error == caf::sec::unexpected_response)
            send_reply(out, error.context());
          else
            out.send(error_response(error));
          self->quit();
        });
  }));
}

void on_ask(context& ctx,
            const http::request& req,
            const http::responder& out) {
  auto body = http::parse_object(req.body);
  auto path = require_text(body, "path");
  auto text = require_text(body, "message");
  auto limit = body.value("timeout_ms", nlohmann::json(5000));
  auto ms = limit.is_number_integer() ? limit.get<int64_t>() : int64_t{0};
  if (ms < 1 || ms > max_ask_ms)
    throw http::http_error{400, "timeout_ms: expected 1 to 110000"};
  find_actor(ctx, path, out, [&ctx, text, ms, out](actors::found_child& x) {
    forward(ctx, x, message_for(x, text), std::chrono::milliseconds{ms}, out);
  });
}

void on_send(context& ctx,
             const http::request& req,
             const http::responder& out) {
  auto body = http::parse_object(req.body);
  auto text = require_text(body, "message");
  find_actor(ctx, require_text(body, "path"), out,
             [text, out](actors::found_child& x) {
               caf::anon_send(x.child.handle, message_for(x, text));
               out.send(http::json_response({{"sent", true}}));
             });
}

// -- chaos --------------------------------------------------------------------

void inject(context& ctx,
            const std::string& fault,
            const actors::found_child& x,
            const http::responder& out) {
  if (!x.parent)
    throw http::http_error{409, "the root is the node itself: use kill(1)"};
  auto done = json{{"path", x.child.path}, {"fault", fault}};
  if (fault == "kill") {
    ask<actors::child_reply>(
      ctx, x.parent,
      actors::child_request{actors::child_verb::kill, x.child.id}, promptly,
      out, [out, done](actors::child_reply& reply) {
        if (auto error = actors::error_of(reply))
          out.send(error_response(error));
        else
          out.send(http::json_response(done));
      });
    return;
  }
  caf::anon_send(x.child.handle,
                 caf::exit_msg{caf::actor_addr{}, fault == "crash"
                                                    ? actors::injected_crash()
                                                    : actors::injected_hang()});
  out.send(http::json_response(done));
}

void on_chaos(context& ctx,
              const std::string& fault,
              const http::request& req,
              const http::responder& out) {
  if (!ctx.config.chaos.enabled)
    throw http::http_error{403, "faults are not injected here: start the node "
                                "with chaos.enabled = true"};
  auto path = require_text(http::parse_object(req.body), "path");
  find_actor(ctx, path, out, [&ctx, fault, out](actors::found_child& x) {
    inject(ctx, fault, x, out);
  });
}

} // namespace

void add_actor_routes(http::router& routes, context& ctx) {
  routes.add("GET", "/api/v1/actors/describe",
             [&ctx](const auto& req, const auto& out) {
               req.allow_query({"path"});
               find_actor(ctx, req.require_query("path"), out, [out](auto& x) {
                 out.send(http::json_response(describe_json(x)));
               });
             });
  routes.add(
    "POST", "/api/v1/actors/ask",
    [&ctx](const auto& req, const auto& out) { on_ask(ctx, req, out); });
  routes.add(
    "POST", "/api/v1/actors/send",
    [&ctx](const auto& req, const auto& out) { on_send(ctx, req, out); });
  for (std::string fault : {"crash", "hang", "kill"})
    routes.add("POST", "/api/v1/chaos/" + fault,
               [&ctx, fault](const auto& req, const auto& out) {
                 on_chaos(ctx, fault, req, out);
               });
}

} // namespace leptond::api
