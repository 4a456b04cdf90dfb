#pragma once

#include <leptond/config/keys.hpp>

#include <utility>

/// Private to the table of keys: what its parts are written with.
namespace leptond::key_parts {

using std::chrono::milliseconds;

inline constexpr std::int64_t ms = 1;
inline constexpr std::int64_t sec = 1000 * ms;
inline constexpr std::int64_t hour = 3600 * sec;
inline constexpr std::int64_t kib = 1024;
inline constexpr std::int64_t mib = kib * kib;
inline constexpr std::int64_t tib = mib * mib;

inline milliseconds time_of(const checked_value& value) {
  return milliseconds{std::get<std::int64_t>(value)};
}

inline std::size_t count_of(const checked_value& value) {
  return static_cast<std::size_t>(std::get<std::int64_t>(value));
}

inline std::string text_of(checked_value&& value) {
  return std::get<std::string>(std::move(value));
}

inline std::vector<std::string> list_of(checked_value&& value) {
  return std::get<std::vector<std::string>>(std::move(value));
}

#define LEPTON_STORE(member, convert)                                          \
  [](node_config& c, std::string_view, checked_value v) {                      \
    c.member = convert(std::move(v));                                          \
  }
#define LEPTON_STORE_AS(member, type)                                          \
  [](node_config& c, std::string_view, checked_value v) {                      \
    c.member = std::get<type>(v);                                              \
  }
#define LEPTON_STORE_SUBTREE(member, convert)                                  \
  [](node_config& c, std::string_view subtree, checked_value v) {              \
    c.supervision[std::string{subtree}].member = convert(std::move(v));        \
  }

// In the order of the documentation.
std::vector<key_info> node_keys();
std::vector<key_info> api_keys();
std::vector<key_info> cluster_keys();
std::vector<key_info> controller_keys();
std::vector<key_info> compute_keys();
std::vector<key_info> storage_keys();
std::vector<key_info> supervision_keys();
std::vector<key_info> switch_keys();

} // namespace leptond::key_parts
