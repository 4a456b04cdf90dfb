#include <models/core/error.hpp>
#include <models/data/csv_summary.hpp>
#include <shell/commands/all.hpp>
#include <shell/core/context.hpp>
#include <shell/core/errors.hpp>
#include <shell/jobs/data.hpp>
#include <shell/text/table.hpp>
#include <shell/text/units.hpp>
#include <shell/text/utf8.hpp>

#include <ostream>
#include <stdexcept>

namespace lepton_shell {

namespace {

models::table_options table_options_of(const std::string& path,
                                       const json& flags) {
  models::table_options options;
  options.path = path;
  options.label = flags.value("label", options.label);
  options.header = flags.value("header", options.header);
  options.delimiter = flags.value("delimiter", std::string{","})[0];
  options.drop = flags.value("drop", options.drop);
  options.text = flags.value("text", options.text);
  options.missing = models::missing_policy_from(
    flags.value("missing", models::to_string(options.missing)));
  options.max_line = flags.value("max_line", options.max_line);
  options.classes = flags.value("classes", options.classes);
  options.max_bytes = UINT64_MAX; // nothing of it is kept
  return options;
}

json summary_json(const models::csv_summary& x) {
  auto columns = json::array();
  for (auto& column : x.columns) {
    json j{{"name", column.name}, {"missing", column.missing}};
    if (column.kind == models::column_kind::text) {
      j["kind"] = "text";
      j["categories"] = column.categories;
    } else {
      j.update({{"kind", "number"},
                {"least", column.least},
                {"mean", column.mean},
                {"largest", column.largest},
                {"deviation", column.deviation}});
    }
    columns.push_back(std::move(j));
  }
  auto classes = json::object();
  for (size_t i = 0; i < x.classes.size(); ++i)
    classes[x.classes[i]] = x.class_rows[i];
  return {{"rows_read", x.rows_read},
          {"rows_dropped", x.rows_dropped},
          {"columns", columns},
          {"classes", classes},
          {"notes", x.notes}};
}

void print_summary(context& c, const models::csv_summary& x) {
  table t({"column", "kind", ">missing", ">least", ">mean", ">largest",
           ">deviation"});
  for (auto& column : x.columns) {
    auto text = column.kind == models::column_kind::text;
    auto shown = [&](double n) { return text ? "" : figure(n); };
    t.add({{column.name, tone::accent},
           text ? std::to_string(column.categories) + " words" : "number",
           {std::to_string(column.missing),
            column.missing > 0 ? tone::warning : tone::plain},
           shown(column.least),
           shown(column.mean),
           shown(column.largest),
           shown(column.deviation)});
  }
  t.print(c.out, c.look, "no columns");
  c.out << '\n' << x.rows_read << " rows";
  if (x.rows_dropped > 0)
    c.out << ", of which " << x.rows_dropped << " lack a value and are dropped";
  for (size_t i = 0; i < x.classes.size() && i < 20; ++i)
    c.out << (i == 0 ? "; classes: " : ", ") << printable(x.classes[i]) << ' '
          << x.class_rows[i];
  c.out << (x.classes.size() > 20 ? ", ...\n" : "\n");
  for (auto& note : x.notes)
    c.out << "note: " << printable(note) << '\n';
}

int inspect(context& c, const arguments& args) {
  auto& path = args.words[0];
  auto options = table_options_of(path, parse_data_options(args));
  try {
    auto summary =
      models::summarise_csv([&] { return models::file_source(path); }, options);
    if (c.wants_json())
      c.print(summary_json(summary));
    else
      print_summary(c, summary);
  } catch (const models::data_error& e) {
    throw refusal(e.what());
  } catch (const std::invalid_argument& e) {
    throw usage_error(std::string{"inspect: "} + e.what());
  }
  return done;
}

} // namespace

std::vector<command> inspect_commands() {
  auto options = data_options();
  std::erase_if(options, [](auto& o) { return o.flag == "--labels"; });
  return {
    {.name = "inspect",
     .group = "Jobs",
     .usage = "FILE [options]",
     .summary = "check a CSV file here and describe its columns",
     .details = "Needs no node, and little memory however long the file is.\n"
                "What it accepts, train accepts with the same options.\n\n"
                "Example: lepton inspect models/data/digits.csv\n",
     .least = 1,
     .most = 1,
     .hints = {hint::file},
     .options = options,
     .run = inspect},
  };
}

} // namespace lepton_shell
