#include <models/core/error.hpp>
#include <roles/controller/job_record.hpp>
#include <roles/controller/meta_store.hpp>
#include <roles/controller/versioned.hpp>
#include <roles/core/error.hpp>
#include <roles/storage/errors.hpp>

namespace roles {

namespace {

role_errc code_of(job_errc x) {
  switch (x) {
  case job_errc::not_found:
    return role_errc::not_found;
  case job_errc::illegal:
  case job_errc::conflict:
    return role_errc::conflict;
  case job_errc::invalid:
    return role_errc::bad_request;
  case job_errc::corrupt:
    return role_errc::failed;
  }
  return role_errc::failed;
}

role_errc code_of(storage_errc x) {
  switch (x) {
  case storage_errc::not_found:
    return role_errc::not_found;
  case storage_errc::invalid_name:
    return role_errc::bad_request;
  case storage_errc::hash_mismatch:
  case storage_errc::too_large:
    return role_errc::bad_content;
  case storage_errc::conflict:
    return role_errc::conflict;
  default:
    return role_errc::failed;
  }
}

std::string render(uint8_t code, caf::atom_value, const caf::message& context) {
  auto word = to_string(static_cast<role_errc>(code));
  if (context.match_element<std::string>(0))
    return word + ": " + context.get_as<std::string>(0);
  return word;
}

} // namespace

std::string to_string(role_errc x) {
  switch (x) {
  case role_errc::none:
    return "none";
  case role_errc::bad_request:
    return "bad_request";
  case role_errc::bad_content:
    return "bad_content";
  case role_errc::not_found:
    return "not_found";
  case role_errc::conflict:
    return "conflict";
  case role_errc::unavailable:
    return "unavailable";
  case role_errc::failed:
    return "failed";
  case role_errc::need_model:
    return "need_model";
  }
  return "unknown";
}

caf::error make_role_error(role_errc code, std::string text) {
  return {static_cast<uint8_t>(code), caf::atom("role"),
          caf::make_message(std::move(text))};
}

caf::error error_in_flight() {
  try {
    throw;
  } catch (const job_error& e) {
    return make_role_error(code_of(e.code()), e.what());
  } catch (const storage_error& e) {
    return make_role_error(code_of(e.code()), e.what());
  } catch (const models::data_error& e) {
    return make_role_error(role_errc::bad_content, e.what());
  } catch (const name_error& e) {
    return make_role_error(role_errc::bad_request, e.what());
  } catch (const nlohmann::json::exception& e) {
    return make_role_error(role_errc::bad_request, e.what());
  } catch (const std::invalid_argument& e) {
    return make_role_error(role_errc::bad_request, e.what());
  } catch (const std::exception& e) {
    return make_role_error(role_errc::failed, e.what());
  } catch (...) {
    return make_role_error(role_errc::failed, "unknown exception");
  }
}

void add_role_errors(caf::actor_system_config& cfg) {
  cfg.add_error_category(caf::atom("role"), render);
}

} // namespace roles
