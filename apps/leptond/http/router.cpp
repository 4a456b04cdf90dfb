#include <leptond/core/text.hpp>
#include <leptond/http/router.hpp>

#include <algorithm>
#include <stdexcept>

namespace leptond::http {

namespace {

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool fits(const route& r, const std::vector<std::string>& segments) {
  const auto same = [](const std::string& pattern, const std::string& given) {
    return is_parameter(pattern) ? !given.empty() : pattern == given;
  };
  return std::equal(r.segments.begin(), r.segments.end(), segments.begin(),
                    segments.end(), same);
}

/// Fixed segments before parameters, the leftmost difference decides.
bool more_exact(const route& a, const route& b) {
  for (std::size_t i = 0; i < a.segments.size(); ++i) {
    const auto free_a = is_parameter(a.segments[i]);
    const auto free_b = is_parameter(b.segments[i]);
    if (free_a != free_b)
      return free_b;
  }
  return false;
}

std::vector<std::string> pattern_segments(std::string_view pattern) {
  if (!pattern.starts_with('/'))
    throw std::invalid_argument("route " + std::string{pattern}
                                + ": must begin with /");
  pattern.remove_prefix(1);
  if (pattern.empty())
    return {};
  return split(pattern, '/');
}

void take_parameters(match& m, const std::vector<std::string>& segments) {
  const auto& pattern = m.found->segments;
  for (std::size_t i = 0; i < pattern.size(); ++i)
    if (is_parameter(pattern[i]))
      m.params[pattern[i].substr(1, pattern[i].size() - 2)] = segments[i];
}

} // namespace

void router::insert(route r) {
  r.segments = pattern_segments(r.pattern);
  for (const auto& other : routes_)
    if (other->method == r.method && other->pattern == r.pattern)
      throw std::invalid_argument("route " + r.method + ' ' + r.pattern
                                  + ": is there already");
  routes_.push_back(std::make_shared<const route>(std::move(r)));
}

void router::add(std::string_view method,
                 std::string_view pattern,
                 handler h,
                 std::optional<std::uint64_t> body_limit) {
  insert({std::string{method},
          std::string{pattern},
          {},
          body_limit,
          std::move(h),
          {}});
}

void router::add_streaming(std::string_view method,
                           std::string_view pattern,
                           streaming_handler h,
                           std::uint64_t body_limit) {
  insert({std::string{method},
          std::string{pattern},
          {},
          body_limit,
          {},
          std::move(h)});
}

match router::find(std::string_view method,
                   const std::vector<std::string>& segments) const {
  const auto wanted = method == "HEAD" ? std::string_view{"GET"} : method;
  match m;
  for (const auto& r : routes_) {
    if (!fits(*r, segments))
      continue;
    m.allowed.push_back(r->method);
    if (r->method == wanted && (!m.found || more_exact(*r, *m.found)))
      m.found = r;
  }
  if (m.found)
    take_parameters(m, segments);
  if (std::find(m.allowed.begin(), m.allowed.end(), "GET") != m.allowed.end())
    m.allowed.emplace_back("HEAD");
  std::sort(m.allowed.begin(), m.allowed.end());
  m.allowed.erase(std::unique(m.allowed.begin(), m.allowed.end()),
                  m.allowed.end());
  return m;
}

std::vector<std::pair<std::string, std::string>> router::list() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& r : routes_)
    all.emplace_back(r->method, r->pattern);
  return all;
}

} // namespace leptond::http
