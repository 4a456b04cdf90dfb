#include <leptond/cli/command_line.hpp>

#include <CLI/CLI.hpp>

namespace leptond {

namespace {

constexpr auto about = "leptond: a node of a Lepton cluster";
constexpr auto footer =
  "\nExamples:\n"
  "  leptond --config config/single.toml\n"
  "  leptond --config config/single.toml --set compute.workers=4\n"
  "  leptond --check-config config/single.toml\n"
  "\nRuns in the foreground and logs to standard error. SIGTERM or SIGINT "
  "stops it,\na second one at once. docs/configuration.md lists every key.\n"
  "Exit status: 0 asked to stop, 1 the root supervisor gave up, 2 bad usage\n"
  "or configuration, 3 cannot listen or cannot use its data directory.";

failure usage(const std::string& problem) {
  return {exit_bad_usage, {"leptond: " + problem, "try: leptond --help"}};
}

/// CLI11 reports several faults over several lines; ours take one.
std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  for (auto& c : text)
    if (c == '\n')
      c = ' ';
  return text;
}

} // namespace

result<command_line> parse_command_line(int argc, const char* const* argv) {
  CLI::App app{about, "leptond"};
  app.footer(footer);
  command_line line;
  std::string checked;
  auto* config = app.add_option("--config", line.config_file,
                                "the configuration file (TOML)");
  app
    .add_option("--set", line.settings,
                "one key's value, over the file's: section.key=value")
    ->take_all()
    ->allow_extra_args(false)
    ->type_name("KEY=VALUE");
  auto* check = app.add_option("--check-config", checked,
                               "only say whether the file is right");
  bool wants_version = false;
  app.add_flag("--version", wants_version, "print the version");
  config->type_name("FILE");
  check->type_name("FILE")->excludes(config);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return command_line{command_line::action::print, {}, {}, app.help()};
  } catch (const CLI::ParseError& error) {
    return usage(one_line(error.what()));
  }
  if (wants_version)
    return command_line{
      command_line::action::print, {}, {}, "leptond " LEPTON_VERSION "\n"};
  if (check->count() > 0) {
    line.what = command_line::action::check_config;
    line.config_file = checked;
  }
  const auto named = config->count() + check->count() > 0;
  if (named && line.config_file.empty())
    return usage("the name of the configuration file is empty");
  if (!named && line.settings.empty())
    return usage("needs --config FILE (config/single.toml starts as it is) or "
                 "--set");
  return line;
}

} // namespace leptond
