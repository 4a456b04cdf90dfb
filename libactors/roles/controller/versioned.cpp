#include <roles/controller/versioned.hpp>

#include <algorithm>
#include <charconv>

namespace roles {

namespace {

constexpr size_t digits = 10;
constexpr int64_t max_version = 9'999'999'999;

std::optional<int64_t> parse_number(std::string_view text) {
  int64_t value = 0;
  auto [end, error] =
    std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 1
      || value > max_version)
    return std::nullopt;
  return value;
}

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '/'
         || c == '-';
}

[[noreturn]] void refuse(std::string_view name, const char* why) {
  // what is quoted here ends up in logs and terminals
  std::string shown;
  for (auto c : name.substr(0, 80))
    shown += c >= 0x20 && c < 0x7f ? c : '?';
  throw name_error("name '" + shown + "': " + why);
}

} // namespace

void check_name(std::string_view name) {
  if (name.empty() || name.size() > 200)
    refuse(name, "expected 1 to 200 characters");
  if (!std::all_of(name.begin(), name.end(), is_name_byte))
    refuse(name, "expected only letters, digits and . _ / -");
  if (name.front() == '/' || name.back() == '/')
    refuse(name, "must not start or end with '/'");
  if (name.find("..") != std::string_view::npos)
    refuse(name, "must not contain '..'");
  if (name.find("//") != std::string_view::npos)
    refuse(name, "must not contain '//'");
}

versioned_name parse_versioned(std::string_view text) {
  auto at = text.find('@');
  check_name(text.substr(0, at));
  if (at == std::string_view::npos)
    return {std::string(text), std::nullopt};
  auto version = parse_number(text.substr(at + 1));
  if (!version)
    refuse(text, "expected a version of 1 or more after '@'");
  return {std::string(text.substr(0, at)), version};
}

std::string version_space::key(std::string_view name, int64_t version) const {
  auto number = std::to_string(version);
  return space_ + '/' + std::string(name) + '@'
         + std::string(digits - std::min(digits, number.size()), '0') + number;
}

version_space::claim version_space::claim_next(const std::string& name) const {
  check_name(name);
  auto key = space_ + "-next/" + name;
  auto head = store_.get(key);
  claim out;
  out.version = head ? parse_number(head->value).value_or(0) : 1;
  if (out.version == 0)
    throw meta_error(meta_errc::corrupt, "record '" + key + "' is no number");
  out.unchanged = {key, meta_compare::field::mod_revision,
                   head ? head->mod_revision : 0};
  out.next = {key, std::to_string(out.version + 1), 0};
  return out;
}

std::optional<versioned_record>
version_space::parse(const meta_record& record) const {
  auto name = std::string_view(record.key).substr(space_.size() + 1);
  auto at = name.find('@');
  auto version = at == std::string_view::npos
                   ? std::nullopt
                   : parse_number(name.substr(at + 1));
  if (!version)
    return std::nullopt; // not ours
  return versioned_record{std::string(name.substr(0, at)), *version,
                          record.value};
}

std::optional<versioned_record>
version_space::find(const versioned_name& name) const {
  if (name.version) {
    auto record = store_.get(key(name.name, *name.version));
    return record ? parse(*record) : std::nullopt;
  }
  auto all = versions(name.name);
  if (all.empty())
    return std::nullopt;
  return std::move(all.back());
}

std::vector<versioned_record>
version_space::versions(const std::string& name) const {
  return list(name + '@');
}

std::vector<versioned_record>
version_space::list(std::string_view prefix) const {
  std::vector<versioned_record> out;
  for (auto& r : store_.range(space_ + '/' + std::string(prefix)).records)
    if (auto parsed = parse(r))
      out.push_back(std::move(*parsed));
  std::stable_sort(out.begin(), out.end(), [](auto& a, auto& b) {
    return a.name < b.name; // '@' sorts among the letters
  });
  return out;
}

} // namespace roles
