#include <actors/process/worker_invocation.hpp>

#include <charconv>

namespace actors {

namespace {

template <class T>
bool parse_number(const std::string& text, T& result) {
  auto end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, result);
  return error == std::errc{} && rest == end;
}

bool parse_nanoseconds(const std::string& text, std::chrono::nanoseconds& x) {
  int64_t count = 0;
  if (!parse_number(text, count) || count < 0)
    return false;
  x = std::chrono::nanoseconds{count};
  return true;
}

/// @returns false for an unknown name or a value that is no number
bool assign(worker_invocation& x,
            const std::string& name,
            const std::string& value) {
  if (name == worker_invocation::flag)
    x.type = value;
  else if (name == "--path")
    x.path = value;
  else if (name == "--parent")
    x.parent_node = value;
  else if (name == "--app-id")
    x.app_ids.push_back(value);
  else if (name == "--serial")
    return parse_number(value, x.serial);
  else if (name == "--heartbeat")
    return parse_nanoseconds(value, x.heartbeat);
  else if (name == "--timeout")
    return parse_nanoseconds(value, x.timeout);
  else
    return false;
  return true;
}

} // namespace

std::vector<std::string> to_argv(const worker_invocation& x,
                                 const std::string& program) {
  std::vector<std::string> result{program,
                                  worker_invocation::flag,
                                  x.type,
                                  "--path",
                                  x.path,
                                  "--parent",
                                  x.parent_node,
                                  "--serial",
                                  std::to_string(x.serial),
                                  "--heartbeat",
                                  std::to_string(x.heartbeat.count()),
                                  "--timeout",
                                  std::to_string(x.timeout.count())};
  for (auto& id : x.app_ids)
    result.insert(result.end(), {"--app-id", id});
  result.push_back("--");
  result.insert(result.end(), x.args.begin(), x.args.end());
  return result;
}

std::optional<worker_invocation>
parse_worker_invocation(const std::vector<std::string>& argv,
                        std::string& problem) {
  worker_invocation result;
  size_t i = 0;
  for (; i < argv.size() && argv[i] != "--"; i += 2) {
    if (i + 1 == argv.size()) {
      problem = "'" + argv[i] + "' lacks a value";
      return std::nullopt;
    }
    if (!assign(result, argv[i], argv[i + 1])) {
      problem = "cannot use '" + argv[i] + " " + argv[i + 1] + "'";
      return std::nullopt;
    }
  }
  if (result.type.empty()) {
    problem = "no actor type is named";
    return std::nullopt;
  }
  if (i < argv.size())
    result.args.assign(argv.begin() + static_cast<ptrdiff_t>(i) + 1,
                       argv.end());
  return result;
}

} // namespace actors
