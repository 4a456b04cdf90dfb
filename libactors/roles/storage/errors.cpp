#include <roles/storage/errors.hpp>

namespace roles {

std::string to_string(storage_errc code) {
  switch (code) {
  case storage_errc::not_found:
    return "not found";
  case storage_errc::corrupt:
    return "corrupt";
  case storage_errc::in_use:
    return "in use";
  case storage_errc::full:
    return "no space left";
  case storage_errc::read_only:
    return "read-only";
  case storage_errc::io:
    return "disk failure";
  case storage_errc::invalid_name:
    return "invalid name";
  case storage_errc::hash_mismatch:
    return "the content has another hash";
  case storage_errc::too_large:
    return "too large";
  case storage_errc::bad_token:
    return "no such transfer";
  case storage_errc::busy:
    return "too many transfers";
  case storage_errc::conflict:
    return "changed by others at the same time";
  case storage_errc::state_store:
    return "the state store failed";
  }
  return "unknown storage error";
}

} // namespace roles
