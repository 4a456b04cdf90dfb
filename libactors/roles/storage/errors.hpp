#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace roles {

/// Why storage refused or failed. The numbers travel between nodes: append.
enum class storage_errc : uint8_t {
  not_found = 1, ///< no such name, version or content
  corrupt,       ///< bytes on disk are not those that were stored
  in_use,        ///< another process holds the data directory
  full,          ///< no space; nothing of it is visible
  read_only,     ///< the data directory refuses writes
  io,            ///< the disk failed
  invalid_name,  ///< the name breaks the rules in `name_table.hpp`
  hash_mismatch, ///< the content has another hash than announced
  too_large,     ///< a message or blob above its bound
  bad_token,     ///< no such upload or download: ended, or of another actor
  busy,          ///< too many transfers at once
  conflict,      ///< others changed the same name again and again
  state_store,   ///< the state store failed; its text says why
};

/// One sentence for people.
std::string to_string(storage_errc code);

/// Thrown by the CAF-free parts. The text names the file or name.
class storage_error : public std::runtime_error {
public:
  storage_error(storage_errc code, const std::string& what)
    : std::runtime_error(what), code_(code) {}

  storage_errc code() const noexcept { return code_; }

private:
  storage_errc code_;
};

} // namespace roles
