#include <actors/observe/message_brief.hpp>
#include <actors/observe/message_text.hpp>

#include <caf/all.hpp>

namespace actors {

namespace {

/// Cuts at a UTF-8 character's begin.
std::string cut(std::string text, size_t max_bytes) {
  if (text.size() <= max_bytes)
    return text;
  while (max_bytes > 0 && (text[max_bytes] & 0xC0) == 0x80)
    --max_bytes;
  return text.substr(0, max_bytes) + "...";
}

template <class T>
bool is_a(const caf::type_erased_tuple& x, size_t i) {
  return x.matches(i, caf::make_rtti_pair<T>());
}

template <class T>
bool add_vector(std::string& out,
                const caf::type_erased_tuple& x,
                size_t i,
                const char* what) {
  if (!is_a<std::vector<T>>(x, i))
    return false;
  out +=
    '[' + std::to_string(x.get_as<std::vector<T>>(i).size()) + ' ' + what + ']';
  return true;
}

void add_element(std::string& out,
                 const caf::type_erased_tuple& x,
                 size_t i,
                 size_t max_bytes) {
  if (is_a<caf::atom_value>(x, i))
    out += to_string(x.get_as<caf::atom_value>(i));
  else if (is_a<std::string>(x, i))
    out += '"'
           + cut(x.get_as<std::string>(i).substr(0, max_bytes + 4), max_bytes)
           + '"';
  else if (is_a<json_text>(x, i))
    out += cut(x.get_as<json_text>(i).text.substr(0, max_bytes + 4), max_bytes);
  else if (is_a<real>(x, i))
    out += caf::deep_to_string(x.get_as<real>(i).value);
  else if (!add_vector<float>(out, x, i, "floats")
           && !add_vector<double>(out, x, i, "doubles")
           && !add_vector<int64_t>(out, x, i, "integers")
           && !add_vector<char>(out, x, i, "bytes")
           && !add_vector<uint8_t>(out, x, i, "bytes"))
    out += cut(x.stringify(i), max_bytes);
}

} // namespace

std::string message_brief(const caf::type_erased_tuple& x, size_t max_bytes) {
  std::string out;
  for (size_t i = 0; i < x.size() && out.size() < max_bytes; ++i) {
    if (i > 0)
      out += ' ';
    add_element(out, x, i, max_bytes);
  }
  return cut(std::move(out), max_bytes);
}

} // namespace actors
