#include <actors/link/certificates.hpp>
#include <shell/commands/all.hpp>
#include <shell/core/context.hpp>
#include <shell/core/errors.hpp>

#include <charconv>
#include <ctime>
#include <ostream>

namespace lepton_shell {

namespace {

namespace link = actors::link;

constexpr auto default_folder = "var/ca";

/// The value, or the problem as a refusal by the system.
template <class T>
T value_of(link::outcome<T> x) {
  if (auto why = std::get_if<link::problem>(&x))
    throw refusal(why->text);
  return std::get<T>(std::move(x));
}

std::chrono::days days_from(const arguments& args,
                            std::chrono::days otherwise) {
  auto text = args.value("--days", std::to_string(otherwise.count()));
  auto n = 0;
  auto end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, n);
  if (error != std::errc{} || stop != end || n < 1 || n > 36500)
    throw usage_error("ca: --days: expected 1 to 36500, got \"" + text + "\"");
  return std::chrono::days{n};
}

std::string required_name(const std::string& what, std::string name) {
  if (!link::is_node_name(name))
    throw usage_error("ca: " + what
                      + ": expected a name of 1 to 63 characters from a-z, 0-9 "
                        "and - (- not at its ends), got \""
                      + name + "\"");
  return name;
}

std::string folder_from(const arguments& args,
                        const char* flag,
                        const std::string& otherwise) {
  auto folder = args.value(flag, otherwise);
  if (folder.empty())
    throw usage_error(std::string("ca: ") + flag + ": expected a folder");
  return folder;
}

std::string day_of(std::chrono::system_clock::time_point when) {
  auto seconds = std::chrono::system_clock::to_time_t(when);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::string text(32, '\0');
  text.resize(
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts));
  return text;
}

int init(context& c, const arguments& args) {
  if (args.words.size() > 1)
    throw usage_error("ca init: unexpected \"" + args.words[1] + "\"");
  link::authority_options options;
  options.directory = folder_from(args, "--dir", default_folder);
  options.cluster =
    required_name("--cluster", args.value("--cluster", options.cluster));
  options.valid_for = days_from(args, options.valid_for);
  options.force = args.has("--force");
  for (auto flag : {"--out", "--host"})
    if (args.has(flag))
      throw usage_error(std::string("ca init: ") + flag
                        + " belongs to \"ca issue\"");
  auto files = value_of(link::make_authority(options));
  if (c.wants_json()) {
    c.print({{"cluster", options.cluster},
             {"certificate", files[0].string()},
             {"key", files[1].string()}});
    return done;
  }
  c.out << "The authority of the cluster \"" << options.cluster << "\":\n  "
        << files[0].string() << "  its certificate, for every node\n  "
        << files[1].string()
        << "  its private key: who has it can make nodes, keep it off them\n"
        << "Next: lepton ca issue NODE"
        << (args.has("--dir") ? " --dir " + options.directory.string() : "")
        << '\n';
  return done;
}

std::vector<std::string> hosts_of(const arguments& args) {
  auto found = args.lists.find("--host");
  return found == args.lists.end() ? std::vector<std::string>{} : found->second;
}

int issue(context& c, const arguments& args) {
  if (args.words.size() < 2)
    throw usage_error("ca issue: for which node? lepton ca issue NODE");
  if (args.has("--cluster"))
    throw usage_error("ca issue: --cluster belongs to \"ca init\"; a "
                      "certificate is for its authority's cluster");
  link::issue_options options;
  options.authority = folder_from(args, "--dir", default_folder);
  options.to = folder_from(args, "--out", options.authority);
  options.node = required_name("NODE", args.words[1]);
  options.hosts = hosts_of(args);
  options.valid_for = days_from(args, options.valid_for);
  options.force = args.has("--force");
  auto made = value_of(link::issue_certificate(options));
  if (c.wants_json()) {
    c.print({{"cluster", made.who.cluster},
             {"node", made.who.node},
             {"certificate", made.files.certificate.string()},
             {"key", made.files.key.string()},
             {"authority", made.files.authority.string()},
             {"valid_until", day_of(made.until)}});
    return done;
  }
  c.out << "For the node \"" << made.who.node << "\" of the cluster \""
        << made.who.cluster << "\", until " << day_of(made.until) << ":\n  "
        << made.files.certificate.string() << "  its certificate\n  "
        << made.files.key.string() << "  its private key, for it alone\n  "
        << made.files.authority.string() << "  the authority's certificate\n";
  return done;
}

int ca(context& c, const arguments& args) {
  return args.words[0] == "init" ? init(c, args) : issue(c, args);
}

} // namespace

std::vector<command> certificate_commands() {
  return {
    {.name = "ca",
     .group = "The system",
     .usage = "init | issue NODE [options]",
     .summary = "the cluster's certificates",
     .details =
       "  ca init        make the authority that signs this cluster's nodes\n"
       "  ca issue NODE  make a key and a certificate for a node\n\n"
       "Works on files here and needs no node. Nodes on different machines "
       "speak only with certificates of one authority. Give each node its own "
       "three files; keep ca.key where the certificates are made. What exists "
       "is not replaced without --force.\n\n"
       "Examples: lepton ca init --cluster production\n"
       "          lepton ca issue beta --out beta-files --days 90\n",
     .least = 1,
     .most = 2,
     .verbs = {"init", "issue"},
     .needs_verb = true,
     .options = {{"--dir", "DIR", "folder of the authority (var/ca)",
                  hint::file},
                 {"--cluster", "NAME", "init: name of the cluster (lepton)"},
                 {"--out", "DIR", "issue: folder for the node's files (--dir)",
                  hint::file},
                 {"--host",
                  "NAME",
                  "issue: host name or address by which other programs know "
                  "the node; may be repeated",
                  hint::none,
                  {},
                  true},
                 {"--days", "N", "how long it is valid (init 3650, issue 365)"},
                 {"--force", "", "replace what exists"}},
     .run = ca}};
}

} // namespace lepton_shell
