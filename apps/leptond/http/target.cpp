#include <leptond/core/text.hpp>
#include <leptond/http/target.hpp>

namespace leptond::http {

namespace {

constexpr std::size_t most_parts = 64;

int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

bool unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'
         || c == '~';
}

/// `http://host/path` is `/path` for us (RFC 7230, section 5.3.2).
std::string_view origin_form(std::string_view text) {
  const auto scheme = text.find("://");
  if (text.starts_with('/') || scheme == std::string_view::npos)
    return text;
  const auto slash = text.find_first_of("/?", scheme + 3);
  return slash == std::string_view::npos ? "/" : text.substr(slash);
}

bool read_segments(std::string_view path, std::vector<std::string>& out) {
  if (!path.starts_with('/'))
    return false;
  path.remove_prefix(1);
  if (path.empty())
    return true;
  for (const auto& part : split(path, '/')) {
    auto decoded = percent_decode(part, false);
    if (!decoded || out.size() == most_parts)
      return false;
    out.push_back(std::move(*decoded));
  }
  return true;
}

bool read_query(std::string_view text, query_list& out) {
  for (const auto& part : split(text, '&')) {
    if (part.empty())
      continue;
    const auto equals = std::min(part.find('='), part.size());
    const auto view = std::string_view{part};
    auto name = percent_decode(view.substr(0, equals), true);
    auto value =
      percent_decode(view.substr(std::min(equals + 1, part.size())), true);
    if (!name || !value || out.size() == most_parts)
      return false;
    out.emplace_back(std::move(*name), std::move(*value));
  }
  return true;
}

} // namespace

std::optional<std::string> percent_decode(std::string_view text,
                                          bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    if (c == '%') {
      const auto high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const auto low = high >= 0 ? hex_value(text[i + 2]) : -1;
      if (low < 0)
        return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_blank) {
      c = ' ';
    }
    if (c == '\0')
      return std::nullopt;
    out += c;
  }
  if (first_invalid_utf8(out))
    return std::nullopt;
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const auto c : text) {
    if (unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::optional<target> parse_target(std::string_view text) {
  const auto local = origin_form(text);
  if (!local.starts_with('/') && !local.starts_with('?'))
    return std::nullopt;
  const auto mark = std::min(local.find('?'), local.size());
  target out;
  out.path = mark == 0 ? "/" : std::string{local.substr(0, mark)};
  if (first_invalid_utf8(out.path) || !read_segments(out.path, out.segments))
    return std::nullopt;
  if (mark < local.size() && !read_query(local.substr(mark + 1), out.query))
    return std::nullopt;
  return out;
}

} // namespace leptond::http
