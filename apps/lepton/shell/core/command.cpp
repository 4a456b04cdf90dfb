#include <models/core/parameters.hpp>
#include <shell/commands/all.hpp>
#include <shell/core/command.hpp>
#include <shell/core/errors.hpp>

#include <algorithm>

namespace lepton_shell {

namespace {

std::vector<command> collect() {
  std::vector<command> all;
  for (auto part : {node_commands, certificate_commands, event_commands,
                    actor_commands, storage_commands, inspect_commands,
                    job_commands, model_commands, shell_commands}) {
    for (auto& row : part())
      all.push_back(std::move(row));
  }
  return all;
}

} // namespace

const std::vector<command>& commands() {
  static const std::vector<command> table = collect();
  return table;
}

const command* find_command(std::string_view name) {
  auto& all = commands();
  auto found = std::find_if(all.begin(), all.end(),
                            [&](const command& c) { return c.name == name; });
  return found == all.end() ? nullptr : &*found;
}

const command& required_command(std::string_view name) {
  if (auto found = find_command(name))
    return *found;
  std::vector<std::string_view> names;
  for (auto& c : commands())
    names.push_back(c.name);
  auto near = models::nearest(name, names);
  throw usage_error("unknown command \"" + std::string(name) + "\""
                    + (near.empty()
                         ? ", see `lepton help`"
                         : ", did you mean " + std::string(near) + "?"));
}

const std::vector<option>& global_options() {
  static const std::vector<option> options{
    {"--api", "URL[,URL...]",
     "nodes to speak to, tried in turn (LEPTON_API, else "
     "http://127.0.0.1:7400)"},
    {"-o,--output",
     "table|json",
     "for people, or one JSON document",
     hint::none,
     {"table", "json"}},
    {"--token-file", "FILE", "file that holds the access token", hint::file},
    {"--timeout", "SECONDS", "how long an answer may take (30)"},
  };
  return options;
}

std::vector<option> options_of(const command& which,
                               std::span<const std::string> words) {
  auto all = which.options;
  if (which.more_options != nullptr) {
    auto more = which.more_options(words);
    all.insert(all.end(), more.begin(), more.end());
  }
  auto own = all;
  for (auto o : global_options()) {
    for (auto& x : own) // `--output FILE` of predict leaves `-o`
      if (o.flag.ends_with("," + x.flag))
        o.flag.erase(o.flag.find(','));
    all.push_back(std::move(o));
  }
  return all;
}

} // namespace lepton_shell
