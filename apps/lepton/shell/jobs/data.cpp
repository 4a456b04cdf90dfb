#include <shell/core/errors.hpp>
#include <shell/jobs/data.hpp>
#include <shell/jobs/upload.hpp>
#include <shell/net/local_file.hpp>
#include <shell/text/tokens.hpp>
#include <shell/text/utf8.hpp>

#include <charconv>

namespace lepton_shell {

namespace {

const std::vector<std::string> missing_words{"error", "drop", "mean", "median",
                                             "mode"};

json column_list(const arguments& args, const char* flag) {
  auto text = args.value(flag);
  auto list = json::array();
  std::string_view rest = text;
  while (true) {
    auto comma = rest.find(',');
    auto name = trim(rest.substr(0, comma));
    if (name.empty())
      throw usage_error(std::string(flag)
                        + ": expected column names between commas, got \""
                        + text + "\"");
    list.push_back(name);
    if (comma == std::string_view::npos)
      return list;
    rest.remove_prefix(comma + 1);
  }
}

int64_t
whole(const arguments& args, const char* flag, int64_t least, int64_t most) {
  auto text = args.value(flag);
  int64_t n = 0;
  auto end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, n);
  if (error != std::errc{} || stop != end || n < least || n > most)
    throw usage_error(std::string(flag) + ": expected a whole number from "
                      + std::to_string(least) + " to " + std::to_string(most)
                      + ", got \"" + text + "\"");
  return n;
}

std::string delimiter(const arguments& args) {
  auto text = args.value("--delimiter");
  if (text == "\\t" || text == "tab")
    return "\t";
  auto good = text.size() == 1 && text[0] != '"' && text[0] != '\n'
              && text[0] != '\r' && static_cast<unsigned char>(text[0]) < 0x80
              && (text[0] >= ' ' || text[0] == '\t');
  if (!good)
    throw usage_error("--delimiter: expected one ASCII character (or tab), "
                      "got \""
                      + text + "\"");
  return text;
}

/// One file or stored name as the API wants it.
json resolve(context& c, const std::string& typed) {
  if (exists_here(typed)) {
    local_file file(typed);
    return {{"path", typed}, {"blob", upload_blob(c, file)}};
  }
  try {
    c.api.get("/store/stat", {{"name", typed}});
  } catch (const refusal& e) {
    if (e.status != 404 && e.status != 400)
      throw;
    throw refusal(typed
                  + ": no such file here, and nothing stored has this "
                    "name");
  }
  return {{"path", typed}, {"name", typed}};
}

} // namespace

std::vector<option> data_options() {
  return {
    {"--label", "COL", "column of the answer: a name, first or last (last)"},
    {"--no-header", "", "the first line holds values, not names"},
    {"--delimiter", "C", "what separates columns (,)"},
    {"--drop", "COL,...", "columns to leave out"},
    {"--text", "COL,...", "columns to take as text"},
    {"--missing", "HOW",
     "missing values: error, drop, mean, median or mode (error)", hint::none,
     missing_words},
    {"--max-line", "N", "longest line in bytes (65536)"},
    {"--classes", "N", "how many classes there must be"},
    {"--labels", "FILE|NAME", "labels of IDX images", hint::file_or_name},
  };
}

json parse_data_options(const arguments& args) {
  auto options = json::object();
  if (args.has("--label") && args.value("--label").empty())
    throw usage_error("--label: expected a column name, first or last");
  if (args.has("--label"))
    options["label"] = args.value("--label");
  if (args.has("--no-header"))
    options["header"] = false;
  if (args.has("--delimiter"))
    options["delimiter"] = delimiter(args);
  if (args.has("--drop"))
    options["drop"] = column_list(args, "--drop");
  if (args.has("--text"))
    options["text"] = column_list(args, "--text");
  if (args.has("--missing")) {
    auto how = args.value("--missing");
    if (std::find(missing_words.begin(), missing_words.end(), how)
        == missing_words.end())
      throw usage_error("--missing: expected error, drop, mean, median or "
                        "mode, got \""
                        + how + "\"");
    options["missing"] = how;
  }
  if (args.has("--max-line"))
    options["max_line"] = whole(args, "--max-line", 1, 1 << 30);
  if (args.has("--classes"))
    options["classes"] = whole(args, "--classes", 1, 1000);
  return options;
}

json resolve_data(context& c,
                  const std::string& typed,
                  const arguments& args,
                  json options) {
  auto data = resolve(c, typed);
  if (args.has("--labels"))
    data["labels"] = resolve(c, args.value("--labels"));
  if (!options.empty())
    data["options"] = std::move(options);
  return data;
}

} // namespace lepton_shell
