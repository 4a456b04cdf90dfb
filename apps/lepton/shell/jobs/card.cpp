#include <shell/jobs/card.hpp>
#include <shell/jobs/data_report.hpp>
#include <shell/jobs/record.hpp>
#include <shell/net/fields.hpp>
#include <shell/text/units.hpp>
#include <shell/text/utf8.hpp>
#include <shell/text/wrap.hpp>

#include <cmath>
#include <ostream>

namespace lepton_shell {

namespace {

constexpr size_t name_columns = 10;

/// A field and its value, which goes on below itself if it is long.
void line(context& c, std::string_view name, const std::string& value) {
  auto columns = c.look.terminal ? c.look.columns : 80;
  auto room = columns > name_columns + 24 ? columns - name_columns - 4 : 20;
  if (value.empty())
    return;
  for (auto& part : wrapped(printable(value), room)) {
    c.out << "  " << c.look.paint(tone::dim, pad_right(name, name_columns))
          << "  " << part << '\n';
    name = {};
  }
}

std::string when(const json& model) {
  auto created = time_of(member(model, "created"));
  return std::isnan(created)
           ? text_of(model, "created")
           : date_text(created) + " (" + ago(created, now_s()) + ")";
}

/// A file's path as typed and the hash of its content.
void print_file(context& c, const char* name, const json& file) {
  line(c, name, text_of(file, "path"));
  line(c, "", text_of(file, "blob"));
}

std::string classes_text(const json& classes) {
  constexpr size_t most = 40;
  auto names = texts_of(classes);
  std::string text;
  for (size_t i = 0; i < names.size() && i < most; ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  return names.size() > most
           ? text + ", ... (" + std::to_string(names.size()) + ")"
           : text;
}

} // namespace

std::string params_text(const json& params) {
  std::string text;
  if (!params.is_object())
    return text;
  for (auto& [name, value] : params.items())
    text += (text.empty() ? "" : ", ") + name + " "
            + (value.is_array() ? joined(value, ",") : plain(value));
  return text;
}

void print_card(context& c, const json& model) {
  c.out << c.look.paint(tone::accent, printable(text_of(model, "name"))) << '@'
        << count_of(model, "version") << "  "
        << printable(text_of(model, "kind")) << "  "
        << bytes_text(number_of(model, "bytes")) << '\n';
  auto& metrics = member(model, "metrics");
  auto& data = member(model, "data");
  line(c, "created", when(model));
  line(c, "job", text_of(model, "job"));
  print_file(c, "file", data);
  print_file(c, "labels", member(data, "labels"));
  print_data(c, member(metrics, "data"));
  line(c, "inputs", count_of(model, "inputs"));
  line(c, "classes", classes_text(member(model, "classes")));
  auto params = member(model, "params");
  auto seed = count_of(params, "seed");
  if (params.is_object())
    params.erase("seed");
  line(c, "parameters", params_text(params));
  line(c, "seed", seed);
  line(c, "weights", text_of(model, "weights_sha256"));
  line(c, "model file", text_of(model, "sha256"));
  print_metrics(c, metrics, member(model, "classes"));
}

} // namespace lepton_shell
