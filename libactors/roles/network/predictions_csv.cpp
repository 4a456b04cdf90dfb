#include <roles/network/predictions_csv.hpp>

#include <array>
#include <charconv>

namespace roles {

namespace {

std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos && !text.empty()
      && text.front() != ' ' && text.back() != ' ')
    return text;
  std::string quoted = "\"";
  for (auto c : text)
    quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

/// The shortest text that gives the same float again.
void append_number(std::string& to, float x) {
  std::array<char, 32> text{};
  auto end = std::to_chars(text.data(), text.data() + text.size(), x).ptr;
  to.append(text.data(), end);
}

} // namespace

std::string predictions_csv(const std::vector<std::string>& header,
                            const std::vector<std::string>& labels,
                            std::span<const float> values,
                            size_t rows,
                            const std::vector<bool>& left_out) {
  std::string out;
  for (size_t i = 0; i < header.size(); ++i)
    out += (i == 0 ? "" : ",") + field(header[i]);
  out += '\n';
  auto columns = rows == 0 ? 0 : values.size() / rows;
  out.reserve(out.size() + rows * (columns + 1) * 11);
  for (size_t row = 0; row < rows; ++row) {
    auto empty = !left_out.empty() && left_out[row];
    if (!labels.empty() && !empty)
      out += field(labels[row]);
    for (size_t i = 0; i < columns; ++i) {
      if (i > 0 || !labels.empty())
        out += ',';
      if (!empty)
        append_number(out, values[row * columns + i]);
    }
    out += '\n';
  }
  return out;
}

} // namespace roles
