#pragma once

#include <actors/supervision/spec.hpp>

#include <caf/all.hpp>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

/// Messages as a person types and reads them: `add 5` is an atom and an
/// integer. What was typed is checked against the signatures of the actor, so
/// that it gets what it expects or nothing at all.
namespace actors {

/// A floating-point number in a message. CAF 0.17.6 hangs for ever on an
/// infinity that crosses the wire, so the bits travel as an integer.
struct real {
  double value = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, real& x) {
  uint64_t bits = 0;
  static_assert(sizeof bits == sizeof x.value);
  std::memcpy(&bits, &x.value, sizeof bits);
  auto load = [&]() -> caf::error {
    std::memcpy(&x.value, &bits, sizeof bits);
    return caf::none;
  };
  return f(caf::meta::type_name("real"), bits, caf::meta::load_callback(load));
}

/// Any value, as JSON text: what `list`, `map` and `any` parameters become.
struct json_text {
  std::string text;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, json_text& x) {
  return f(caf::meta::type_name("json_text"), x.text);
}

/// Lets the two types above travel between processes.
void add_message_text_types(caf::actor_system_config& cfg);

/// Reads `text` as one of the messages in `known`. A parameter becomes
/// `int64_t` (integer), `real` (number), `std::string` (text), `bool` or
/// `json_text` (list, map, any); the verb an atom.
/// @returns the message, or `sup_errc::bad_message` with a text that says what
///   is wrong and lists what the actor understands
caf::expected<caf::message>
parse_message(std::string_view text,
              const std::vector<message_signature>& known);

/// The reply as a JSON document: one value bare, several as an array, none as
/// null. Types that are not plain values appear as CAF prints them.
std::string to_json(const caf::message& reply);

} // namespace actors
