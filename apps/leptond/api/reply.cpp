#include <actors/supervision/error.hpp>
#include <leptond/api/reply.hpp>
#include <roles/storage/messages.hpp>

namespace leptond::api {

namespace {

int status_of(roles::role_errc x) {
  switch (x) {
  case roles::role_errc::bad_request:
    return 400;
  case roles::role_errc::bad_content:
    return 422;
  case roles::role_errc::not_found:
    return 404;
  case roles::role_errc::conflict:
    return 409;
  case roles::role_errc::unavailable:
    return 503;
  default:
    return 500;
  }
}

int status_of(roles::storage_errc x) {
  switch (x) {
  case roles::storage_errc::not_found:
    return 404;
  case roles::storage_errc::invalid_name:
    return 400;
  case roles::storage_errc::hash_mismatch:
    return 422;
  case roles::storage_errc::too_large:
    return 413;
  case roles::storage_errc::conflict:
    return 409;
  case roles::storage_errc::busy:
    return 503;
  case roles::storage_errc::full:
    return 507;
  default:
    return 500;
  }
}

int status_of(actors::sup_errc x) {
  switch (x) {
  case actors::sup_errc::restarting:
  case actors::sup_errc::gone: // it was found a moment ago
    return 503;
  case actors::sup_errc::not_found:
    return 404;
  case actors::sup_errc::bad_state:
    return 409;
  case actors::sup_errc::bad_message:
  case actors::sup_errc::bad_spec:
    return 422;
  default:
    return 500;
  }
}

int status_of(const caf::error& error) {
  if (error.category() == caf::atom("role"))
    return status_of(static_cast<roles::role_errc>(error.code()));
  if (error.category() == caf::atom("storage"))
    return status_of(static_cast<roles::storage_errc>(error.code()));
  if (error.category() == caf::atom("supervise"))
    return status_of(static_cast<actors::sup_errc>(error.code()));
  if (error == caf::sec::request_timeout)
    return 504;
  if (error == caf::sec::request_receiver_down)
    return 503;
  if (error == caf::sec::unexpected_message)
    return 422;
  return 500;
}

std::string words_for(const caf::error& error) {
  if (error == caf::sec::request_timeout)
    return "the actor did not answer in time";
  if (error == caf::sec::request_receiver_down)
    return "the actor went down before it answered; try again";
  if (error == actors::sup_errc::gone)
    return "the actor has just ended, or its supervisor has; try again";
  if (error == caf::sec::unexpected_message)
    return "the actor does not understand this message";
  return actors::text_of(error);
}

} // namespace

http::response error_response(const caf::error& error) {
  auto response = http::error_response(status_of(error), words_for(error));
  if (response.status == 503)
    response.headers.emplace_back("Retry-After", "1");
  return response;
}

std::string below_root(const context& ctx, std::string_view path) {
  while (!path.empty() && path.back() == '/')
    path.remove_suffix(1);
  const std::string_view root = ctx.config.node.name;
  if (path == root)
    return {};
  if (path.starts_with(root) && path.substr(root.size()).starts_with('/'))
    path.remove_prefix(root.size() + 1);
  return std::string{path};
}

std::string require_text(const nlohmann::json& body, const char* name) {
  auto i = body.find(name);
  if (i == body.end() || !i->is_string()
      || i->get_ref<const std::string&>().empty())
    throw http::http_error{400, std::string{name} + ": expected a text"};
  return i->get<std::string>();
}

} // namespace leptond::api
