#include <leptond/config/units.hpp>
#include <leptond/config/value.hpp>
#include <leptond/core/text.hpp>

#include <algorithm>
#include <charconv>

namespace leptond {

namespace {

bool good_name(std::string_view text) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
  return !text.empty() && text.size() <= 63
         && text.find_first_not_of(allowed) == std::string_view::npos
         && text.front() != '-' && text.back() != '-';
}

bool good_text(std::string_view text) {
  const auto control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  return std::none_of(text.begin(), text.end(), control)
         && !first_invalid_utf8(text);
}

/// `host:port` of another machine: the host may be a name, the port not 0.
bool good_peer(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || text.size() > 300)
    return false;
  const auto host = text.substr(0, colon);
  const auto probe = "127.0.0.1" + std::string{text.substr(colon)};
  const auto port = parse_listen_address(probe);
  if (!port || port->port == 0)
    return false;
  if (host.front() == '[')
    return parse_listen_address(text).has_value();
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
  return host.find_first_not_of(allowed) == std::string_view::npos;
}

bool within(const key_info& key, std::optional<std::int64_t> number) {
  return number && *number >= key.low && *number <= key.high;
}

bool is_choice(const key_info& key, const std::string& word) {
  return std::find(key.choices.begin(), key.choices.end(), word)
         != key.choices.end();
}

using maybe = std::optional<checked_value>;

maybe check_number(const key_info& key, std::int64_t number) {
  if (key.kind == key_kind::integer && within(key, number))
    return number;
  return std::nullopt;
}

maybe check_text(const key_info& key, const std::string& text) {
  const auto accept = [&](bool good) {
    return good ? maybe{text} : std::nullopt;
  };
  switch (key.kind) {
  case key_kind::text:
    return accept(good_text(text));
  case key_kind::name:
    return accept(good_name(text));
  case key_kind::path:
    return accept(!text.empty() && good_text(text));
  case key_kind::choice:
    return accept(is_choice(key, text));
  case key_kind::duration: {
    const auto time = parse_duration(text);
    return within(key, time) ? maybe{*time} : std::nullopt;
  }
  case key_kind::size: {
    const auto bytes = parse_size(text);
    return within(key, bytes) ? maybe{*bytes} : std::nullopt;
  }
  case key_kind::address: {
    auto address = parse_listen_address(text);
    return address ? maybe{*address} : std::nullopt;
  }
  default:
    return std::nullopt;
  }
}

bool good_element(const key_info& key, const std::string& text) {
  switch (key.kind) {
  case key_kind::text_list:
    return !text.empty() && good_text(text);
  case key_kind::peer_list:
    return good_peer(text);
  case key_kind::choice_list:
    return is_choice(key, text);
  default:
    return false;
  }
}

/// @param wrong set to the element that does not fit
maybe check_list(const key_info& key,
                 const raw_value::list& list,
                 std::string& wrong) {
  std::vector<std::string> texts;
  for (const auto& element : list) {
    wrong = element.shown;
    const auto* text = std::get_if<std::string>(&element.data);
    if (text == nullptr || !good_element(key, *text))
      return std::nullopt;
    if (std::find(texts.begin(), texts.end(), *text) != texts.end()) {
      wrong += " twice";
      return std::nullopt;
    }
    texts.push_back(*text);
  }
  wrong = "an empty list";
  if (texts.empty() && key.kind == key_kind::choice_list)
    return std::nullopt;
  return texts;
}

bool takes_list(const key_info& key) {
  return key.kind == key_kind::text_list || key.kind == key_kind::peer_list
         || key.kind == key_kind::choice_list;
}

} // namespace

std::optional<checked_value>
check_value(const key_info& key, const raw_value& raw, std::string& problem) {
  maybe checked;
  auto shown = raw.shown;
  if (const auto* number = std::get_if<std::int64_t>(&raw.data))
    checked = check_number(key, *number);
  else if (const auto* flag = std::get_if<bool>(&raw.data))
    checked = key.kind == key_kind::boolean ? maybe{*flag} : std::nullopt;
  else if (const auto* text = std::get_if<std::string>(&raw.data))
    checked = check_text(key, *text);
  else if (const auto* list = std::get_if<raw_value::list>(&raw.data))
    checked = takes_list(key) ? check_list(key, *list, shown) : std::nullopt;
  if (!checked)
    problem = "expected " + expectation(key) + ", got " + shown;
  return checked;
}

namespace {

raw_value raw_text(std::string_view text) {
  return {std::string{text}, in_quotes(text)};
}

std::string_view unquoted(std::string_view text) {
  const auto is_quoted = text.size() >= 2 && text.front() == text.back()
                         && (text.front() == '"' || text.front() == '\'');
  return is_quoted ? text.substr(1, text.size() - 2) : text;
}

raw_value raw_list(std::string_view text) {
  text = trimmed(text);
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']')
    text = trimmed(text.substr(1, text.size() - 2));
  raw_value::list list;
  if (!text.empty())
    for (const auto& part : split(text, ','))
      list.push_back(raw_text(unquoted(trimmed(part))));
  return {std::move(list), "a list"};
}

} // namespace

raw_value raw_from_text(const key_info& key, std::string_view text) {
  if (takes_list(key))
    return raw_list(text);
  if (key.kind == key_kind::boolean && (text == "true" || text == "false"))
    return {text == "true", std::string{text}};
  if (key.kind == key_kind::integer) {
    std::int64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc{} && stop == end)
      return {number, std::to_string(number)};
  }
  return raw_text(unquoted(text));
}

} // namespace leptond
