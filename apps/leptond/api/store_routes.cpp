// put, get, stat, ls, rm; blobs by content. Bodies stream in both directions:
// a part is taken from the socket when storage has taken the part before.

#include <leptond/api/reply.hpp>
#include <roles/storage/messages.hpp>

namespace leptond::api {

namespace {

using nlohmann::json;

json entry_json(const context& ctx, const roles::stored_entry& x) {
  return {{"name", x.name},
          {"version", x.version},
          {"sha256", x.sha256},
          {"bytes", x.bytes},
          {"replicas", json::array({ctx.config.node.name})}};
}

json blob_json(const roles::stored_entry& x) {
  return {{"sha256", x.sha256}, {"bytes", x.bytes}};
}

// -- upload -------------------------------------------------------------------

/// What an upload becomes when it is complete.
struct upload_goal {
  std::string name;   ///< empty: a blob
  std::string sha256; ///< expected, or empty
};

/// A part of the body has arrived; sent by the server's thread.
struct part_arrived {
  http::body_part part;
};

} // namespace

} // namespace leptond::api

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(leptond::api::part_arrived)

namespace leptond::api {

namespace {

struct upload_state {
  uint64_t token = 0;
};

/// Lives for one upload; its end ends the transfer in storage.
caf::behavior uploader(caf::stateful_actor<upload_state>* self,
                       context* ctx,
                       http::body_reader in,
                       http::responder out,
                       upload_goal goal) {
  auto store = ctx->storage->get();
  auto fail = [=](const caf::error& error) {
    out.send(error_response(error));
    self->quit();
  };
  auto read = [=] {
    in.read_some([me = caf::actor{self}](http::body_part part) {
      caf::anon_send(me, part_arrived{std::move(part)});
    });
  };
  auto finish = [=] {
    self
      ->request(store, patiently,
                roles::put_finish{self->state.token, goal.name, goal.sha256})
      .then(
        [=](const roles::stored_entry& x) {
          out.send(http::json_response(
            goal.name.empty() ? blob_json(x) : entry_json(*ctx, x)));
          self->quit();
        },
        fail);
  };
  self->request(store, promptly, roles::put_open{})
    .then(
      [=](uint64_t token) {
        self->state.token = token;
        read();
      },
      fail);
  return {
    [=](part_arrived& x) {
      if (!x.part.error.empty()) {
        out.error(x.part.status, x.part.error);
        self->quit();
        return;
      }
      auto last = x.part.last;
      if (x.part.bytes.empty()) {
        last ? finish() : read();
        return;
      }
      self
        ->request(store, patiently,
                  roles::put_bytes{self->state.token, std::move(x.part.bytes)})
        .then([=](uint64_t) { last ? finish() : read(); }, fail);
    },
  };
}

void upload(context& ctx,
            const http::body_reader& in,
            const http::responder& out,
            upload_goal goal) {
  if (!ctx.storage->get())
    out.error(503, "storage is starting; try again");
  else
    ctx.visitors.add(
      ctx.system.spawn(uploader, &ctx, in, out, std::move(goal)));
}

// -- download -----------------------------------------------------------------

using next_part = caf::atom_constant<caf::atom("next")>;

struct download_state {
  uint64_t token = 0;
  http::body_writer writer;
};

caf::behavior downloader(caf::stateful_actor<download_state>* self,
                         context* ctx,
                         http::responder out,
                         roles::get_open what) {
  auto store = ctx->storage->get();
  auto fail = [=](const caf::error& error) {
    out.send(error_response(error));
    self->quit();
  };
  auto write = [=](std::string& bytes) {
    if (bytes.empty()) {
      self->quit();
      return;
    }
    self->state.writer.write(
      std::move(bytes), [me = caf::actor{self}](bool ok) {
        if (ok)
          caf::anon_send(me, next_part::value);
        else
          caf::anon_send_exit(me, caf::exit_reason::user_shutdown);
      });
  };
  // The head goes out when the first part is there: a file that cannot be read
  // is mostly found to be so then, and can still be told.
  auto begin = [=](const roles::get_opened& x) {
    self->state.token = x.token;
    self->request(store, promptly, roles::get_next{x.token})
      .then(
        [=, entry = x.entry](std::string& bytes) {
          http::response head;
          head.content_type = "application/octet-stream";
          head.headers.emplace_back("ETag", '"' + entry.sha256 + '"');
          self->state.writer = out.stream(std::move(head), entry.bytes);
          write(bytes);
        },
        fail);
  };
  self->request(store, promptly, what).then(begin, fail);
  return {
    [=](next_part) {
      self
        ->request(store, promptly, roles::get_next{self->state.token})
        // The head has gone out: the connection is cut with the writer.
        .then(write, [=](const caf::error&) { self->quit(); });
    },
  };
}

// -- the rest -----------------------------------------------------------------

void list(context& ctx, const http::request& req, const http::responder& out) {
  req.allow_query({"prefix"});
  ask_json<std::vector<roles::stored_entry>>(
    ctx, ctx.storage->get(),
    roles::list_names{req.find_query("prefix").value_or("")}, promptly, out,
    [&ctx](auto& entries) {
      auto result = json::array();
      for (auto& x : entries)
        result.push_back(entry_json(ctx, x));
      return result;
    });
}

void remove(context& ctx,
            const http::request& req,
            const http::responder& out) {
  req.allow_query({"name"});
  auto name = req.require_query("name");
  ask_json<uint64_t>(ctx, ctx.storage->get(), roles::remove_name{name},
                     promptly, out, [name](uint64_t) {
                       return json{{"name", name}, {"removed", true}};
                     });
}

} // namespace

void add_store_routes(http::router& routes, context& ctx) {
  auto limit = ctx.config.storage.max_object;
  routes.add_streaming(
    "PUT", "/api/v1/store",
    [&ctx](const auto& req, const auto& in, const auto& out) {
      req.allow_query({"name"});
      upload(ctx, in, out, {req.require_query("name"), {}});
    },
    limit);
  routes.add_streaming(
    "PUT", "/api/v1/blobs",
    [&ctx](const auto& req, const auto& in, const auto& out) {
      req.allow_query({"sha256"});
      upload(ctx, in, out, {{}, req.require_query("sha256")});
    },
    limit);
  routes.add("GET", "/api/v1/blobs", [&ctx](const auto& req, const auto& out) {
    req.allow_query({"sha256"});
    ask_json<roles::stored_entry>(
      ctx, ctx.storage->get(), roles::stat_blob{req.require_query("sha256")},
      promptly, out, [](auto& x) { return blob_json(x); });
  });
  routes.add("GET", "/api/v1/store", [&ctx](const auto& req, const auto& out) {
    req.allow_query({"name", "sha256"});
    roles::get_open what;
    if (auto blob = req.find_query("sha256"))
      what.sha256 = *blob;
    else
      what.name = req.require_query("name");
    if (!ctx.storage->get())
      throw http::http_error{503, "storage is starting; try again"};
    ctx.visitors.add(ctx.system.spawn(downloader, &ctx, out, std::move(what)));
  });
  routes.add(
    "GET", "/api/v1/store/stat", [&ctx](const auto& req, const auto& out) {
      req.allow_query({"name"});
      ask_json<roles::stored_entry>(
        ctx, ctx.storage->get(), roles::stat_name{req.require_query("name")},
        promptly, out, [&ctx](auto& x) { return entry_json(ctx, x); });
    });
  routes.add("GET", "/api/v1/store/list",
             [&ctx](const auto& req, const auto& out) { list(ctx, req, out); });
  routes.add(
    "DELETE", "/api/v1/store",
    [&ctx](const auto& req, const auto& out) { remove(ctx, req, out); });
}

} // namespace leptond::api
