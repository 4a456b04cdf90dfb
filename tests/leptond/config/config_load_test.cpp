#include <leptond/config/load.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace leptond;
using std::chrono::milliseconds;

namespace {

/// The errors of a text, one below the other.
std::string errors_of(std::string_view text,
                      const std::vector<std::string>& settings = {}) {
  const auto loaded = parse_config("x.toml", text, settings);
  return loaded ? "none\n" : loaded.error().text();
}

loaded_config load(std::string_view text,
                   const std::vector<std::string>& settings = {}) {
  const auto loaded = parse_config("x.toml", text, settings);
  if (!loaded)
    throw std::runtime_error(loaded.error().text());
  return loaded.value();
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(config_load)

BOOST_AUTO_TEST_CASE(an_empty_file_gives_the_defaults) {
  const auto config = load("").config;
  BOOST_TEST(config.node.name == "alpha");
  BOOST_TEST(config.node.roles.size() == 4u);
  BOOST_TEST(config.node.data_dir == "var/alpha");
  BOOST_TEST((config.node.shutdown_within == milliseconds{10'000}));
  BOOST_TEST(to_string(config.api.listen) == "127.0.0.1:7400");
  BOOST_TEST(config.compute.workers == 2u);
  BOOST_TEST(config.compute.isolation == "process");
  BOOST_TEST(config.storage.replicas == 3u);
  BOOST_TEST(config.storage.chunk_size == 1048576u);
  BOOST_TEST(!config.chaos.enabled);
  BOOST_TEST(!config.examples.enabled);
  BOOST_TEST(config.log.format == "text");
  BOOST_TEST(config.supervision.empty());
}

BOOST_AUTO_TEST_CASE(the_example_of_the_contract_is_accepted_as_it_is) {
  const auto loaded = load(R"(
[node]
name = "alpha"
roles = ["controller", "storage", "compute", "network"]
data_dir = "var/alpha"
[api]
listen = "127.0.0.1:7400"
[cluster]
listen = "127.0.0.1:7500"
seeds = []
detect_within = "1s"
[compute]
workers = 2
isolation = "process"
[storage]
replicas = 3
[supervision.compute]
strategy = "one_for_one"
[chaos]
enabled = false
[examples]
enabled = false
[log]
format = "text"
)");
  BOOST_TEST(loaded.config.supervision.at("compute").strategy.value()
             == "one_for_one");
  BOOST_TEST(loaded.notices.size() == 4u); // cluster.* and replicas
}

BOOST_AUTO_TEST_CASE(errors_have_file_line_column_key_and_what_instead) {
  BOOST_TEST(errors_of("[compute]\nworkers = \"two\"\n")
             == "x.toml:2:11: compute.workers: expected an integer from 1 to "
                "1024, got \"two\"\n");
  BOOST_TEST(has(errors_of("[compute]\nworkers = 0\n"), ", got 0\n"));
  BOOST_TEST(has(errors_of("[compute]\nworkers = 1025\n"), ", got 1025\n"));
  BOOST_TEST(has(errors_of("[compute]\nworkers = 2.5\n"), ", got 2.5\n"));
  BOOST_TEST(has(errors_of("[compute]\nworkers = true\n"), ", got true\n"));
  BOOST_TEST(has(errors_of("[compute]\nworkers = [2]\n"), ", got a list\n"));
  BOOST_TEST(has(errors_of("[compute.workers]\n"), ", got a table\n"));
  BOOST_TEST(has(errors_of("[compute]\nworkers = 2020-01-01\n"),
                 ", got a date or time\n"));
  BOOST_TEST(has(errors_of("[chaos]\nenabled = \"yes\"\n"),
                 "chaos.enabled: expected true or false, got \"yes\"\n"));
  BOOST_TEST(has(errors_of("[log]\nlevel = \"loud\"\n"),
                 "expected one of trace, debug, info, warn, error, got"));
}

BOOST_AUTO_TEST_CASE(every_error_of_a_file_is_reported_in_its_order) {
  const auto errors = errors_of("[node]\nname = 3\nnmae = 1\n[log]\n"
                                "level = \"x\"\n[compute]\nworkers = -1\n",
                                {"chaos.enabled=maybe"});
  BOOST_TEST(std::count(errors.begin(), errors.end(), '\n') == 5);
  BOOST_TEST(errors.find("node.name") < errors.find("node.nmae"));
  BOOST_TEST(errors.find("node.nmae") < errors.find("log.level"));
  BOOST_TEST(errors.find("log.level") < errors.find("compute.workers"));
  BOOST_TEST(errors.find("compute.workers") < errors.find("--set chaos"));
}

BOOST_AUTO_TEST_CASE(a_wholly_wrong_file_is_given_up_after_100_errors) {
  std::string text;
  for (int i = 0; i < 20'000; ++i)
    text += "key_number_" + std::to_string(i) + " = 1\n";
  const auto errors = errors_of(text);
  BOOST_TEST(std::count(errors.begin(), errors.end(), '\n') == 101);
  BOOST_TEST(has(errors, "x.toml:101:1: too many errors"));
}

BOOST_AUTO_TEST_CASE(unknown_keys_are_errors_and_the_nearest_is_suggested) {
  BOOST_TEST(errors_of("[node]\nnmae = \"a\"\n")
             == "x.toml:2:1: node.nmae: unknown key, did you mean "
                "node.name?\n");
  BOOST_TEST(
    has(errors_of("[api]\nworkers = 2\n"), "did you mean compute.workers?"));
  BOOST_TEST(has(errors_of("[comptue]\nworkers = 2\n"),
                 "x.toml:1:2: comptue: unknown key, did you mean compute?"));
  BOOST_TEST(has(errors_of("[supervision.compute.worker]\nwithin = \"1s\"\n"),
                 "did you mean supervision.compute.workers?"));
  BOOST_TEST(has(errors_of("[zebra]\n"), "the sections are [api], [chaos]"));
  BOOST_TEST(has(errors_of("[log]\nxylophone = 1\n"),
                 "the keys of [log] are format, level"));
  BOOST_TEST(has(errors_of("\"compute.workers\" = 2\n"), "unknown key"));
}

BOOST_AUTO_TEST_CASE(a_syntax_error_has_its_place) {
  BOOST_TEST(has(errors_of("[node]\nname = \n"), "x.toml:2:8: "));
  BOOST_TEST(has(errors_of("[node\n"), "x.toml:1:"));
  BOOST_TEST(has(errors_of("[node]\nname=\"a\"\nname=\"b\"\n"), "x.toml:3:"));
  BOOST_TEST(has(errors_of("[node]\n[node]\n"), "x.toml:2:"));
}

BOOST_AUTO_TEST_CASE(bytes_that_the_parser_cannot_take_never_reach_it) {
  BOOST_TEST(errors_of("[\x01")
             == "x.toml:1:2: a control character; remove it\n");
  BOOST_TEST(errors_of(std::string_view("a\0b", 3))
             == "x.toml:1:2: a control character; remove it\n");
  BOOST_TEST(errors_of("# \xff\n")
             == "x.toml:1:3: not UTF-8 text; save the "
                "file as UTF-8\n");
  BOOST_TEST(has(errors_of("[node]\nname = \xc3\xa9\n"),
                 "x.toml:2:8: a character outside of ASCII"));
  BOOST_TEST(has(errors_of("a = 1\rb = 2\n"), "x.toml:1:6: a control"));
  BOOST_TEST(errors_of("# \xc3\xa9\r\n[node]\r\ndata_dir = \"\xc3\xa9\"\r\n")
             == "none\n");
  BOOST_TEST(errors_of("\xef\xbb\xbf[node]\n") == "none\n");
  const auto deep = "a = " + std::string(5000, '[');
  BOOST_TEST(has(errors_of(deep), "x.toml:1:"));
}

BOOST_AUTO_TEST_CASE(settings_win_over_the_file_and_later_ones_over_earlier) {
  const auto config =
    load("[compute]\nworkers = 3\n",
         {"compute.workers=4", "compute.workers = 5 ", "node.name=b2",
          "node.roles=compute,network", "chaos.enabled=true",
          "supervision.compute.workers.within=3s",
          "supervision.strategy="
          "\"one_for_all\"",
          "cluster.seeds=[\"a:1\", \"[::1]:2\"]"})
      .config;
  BOOST_TEST(config.compute.workers == 5u);
  BOOST_TEST(config.node.name == "b2");
  BOOST_TEST(config.node.data_dir == "var/b2");
  BOOST_TEST(config.node.roles.size() == 2u);
  BOOST_TEST(!config.has_role(role::storage));
  BOOST_TEST(config.chaos.enabled);
  BOOST_TEST(
    (config.supervision.at("compute.workers").within == milliseconds{3000}));
  BOOST_TEST(config.supervision.at("").strategy.value() == "one_for_all");
  BOOST_TEST(config.cluster.seeds.size() == 2u);
}

BOOST_AUTO_TEST_CASE(wrong_settings_are_named_as_such) {
  BOOST_TEST(errors_of("", {"compute.workers=two"})
             == "--set compute.workers: expected an integer from 1 to 1024, "
                "got \"two\"\n");
  BOOST_TEST(errors_of("", {"compute.wrokers=2"})
             == "--set compute.wrokers: unknown key, did you mean "
                "compute.workers?\n");
  BOOST_TEST(errors_of("", {"nonsense"})
             == "--set nonsense: expected section.key=value\n");
  BOOST_TEST(has(errors_of("", {"compute=2"}), "a section"));
  BOOST_TEST(has(errors_of("", {"=2"}), "unknown key"));
  BOOST_TEST(has(errors_of("", {"node.data_dir=a\nb"}), "got \"a\\nb\""));
  BOOST_TEST(has(errors_of("", {"node.data_dir=\xff"}), "\\xff"));
}

BOOST_AUTO_TEST_CASE(names_have_only_small_letters_digits_and_inner_dashes) {
  const auto good = [](const std::string& name) {
    return errors_of("[node]\nname = \"" + name + "\"\n") == "none\n";
  };
  BOOST_TEST(good("a"));
  BOOST_TEST(good("node-7"));
  BOOST_TEST(good(std::string(63, 'x')));
  for (const auto& bad :
       {std::string{}, std::string(64, 'x'), std::string{"A"},
        std::string{"a_b"}, std::string{"a/b"}, std::string{"-a"},
        std::string{"a-"}, std::string{"\xc3\xa9"}})
    BOOST_TEST(!good(bad), "accepted: " << bad);
}

BOOST_AUTO_TEST_CASE(listening_beyond_this_machine_is_refused_with_the_remedy) {
  const auto api = errors_of("[api]\nlisten = \"0.0.0.0:7400\"\n");
  BOOST_TEST(has(api, "x.toml:2:10: api.listen: 0.0.0.0:7400 can be reached "
                      "from other machines, which needs [api.tls]"));
  BOOST_TEST(has(api, "cannot serve TLS yet"));
  BOOST_TEST(has(errors_of("[api]\nlisten = \"[::]:7400\"\n"), "[::]:7400"));
  BOOST_TEST(has(errors_of("[api]\nlisten = \"10.0.0.1:1\"\n[api.tls]\n"
                           "certificate = \"c\"\nkey = \"k\"\n"),
                 "cannot serve TLS yet"));
  BOOST_TEST(has(errors_of("[cluster]\nlisten = \"10.0.0.1:7500\"\n"),
                 "cluster.listen: 10.0.0.1:7500 can be reached"));
  for (const auto* good :
       {"127.0.0.1:0", "127.9.9.9:65535", "[::1]:7400", "localhost:1"})
    BOOST_TEST(errors_of("", {std::string{"api.listen="} + good}) == "none\n",
               good);
  for (const auto* bad : {"", ":1", "127.0.0.1", "127.0.0.1:", "::1:80",
                          "127.0.0.1:65536", "127.0.0.1:-1", "[127.0.0.1]:1",
                          "example.org:80", "127.1:80", "127.0.0.1:8x"})
    BOOST_TEST(has(errors_of("", {std::string{"api.listen="} + bad}),
                   "expected an address"),
               bad);
}

BOOST_AUTO_TEST_CASE(tls_on_this_machine_is_accepted_and_said_to_be_without) {
  const auto loaded = load("[api.tls]\ncertificate = \"c.pem\"\n");
  BOOST_REQUIRE(loaded.notices.size() == 2u);
  BOOST_TEST(has(loaded.notices[0],
                 "x.toml:2:15: api.tls.certificate: accepted, but without "
                 "effect in this version"));
  BOOST_TEST(has(loaded.notices[1], "cannot serve TLS"));
}

BOOST_AUTO_TEST_CASE(settings_of_a_subtree_that_is_not_there_are_noted) {
  const auto loaded = load("[node]\nroles = [\"storage\"]\n"
                           "[supervision]\nmax_restarts = 3\n"
                           "[supervision.cluster]\nmax_restarts = 3\n"
                           "[supervision.storage]\nmax_restarts = 3\n"
                           "[supervision.compute.workers]\nmax_restarts = 3\n"
                           "[supervision.examples]\nmax_restarts = 3\n");
  BOOST_REQUIRE(loaded.notices.size() == 3u);
  auto notes = loaded.notices[0] + loaded.notices[1] + loaded.notices[2];
  for (const auto* subtree : {"cluster", "compute.workers", "examples"})
    BOOST_TEST(has(notes, "supervision." + std::string{subtree}
                            + ".max_restarts: accepted, but without effect: "
                              "this node has no subtree \""
                            + subtree + '"'));
}

BOOST_AUTO_TEST_CASE(keys_that_do_not_go_together_are_refused_at_their_place) {
  BOOST_TEST(has(errors_of("[compute]\nmin_workers = 5\nmax_workers = 4\n"),
                 "x.toml:2:15: compute.min_workers: 5 is more than"));
  BOOST_TEST(has(errors_of("[compute]\nworkers = 9\nmax_workers = 4\n"),
                 "compute.workers: 9 is more than compute.max_workers, 4"));
  BOOST_TEST(load("[compute]\nmin_workers = 4\n").config.compute.workers == 4u);
  BOOST_TEST(load("[compute]\nmax_workers = 1\n").config.compute.workers == 1u);
  BOOST_TEST(has(errors_of("[storage]\nreplicas = 2\nwrite_quorum = 3\n"),
                 "storage.write_quorum: 3 is more than"));
  BOOST_TEST(has(errors_of("[supervision.compute]\nbackoff = \"2s\"\n"
                           "backoff_max = \"1500ms\"\n"),
                 "x.toml:2:11: supervision.compute.backoff: 2s is more than "
                 "supervision.compute.backoff_max, 1500ms"));
  BOOST_TEST(has(errors_of("", {"cluster.listen=127.0.0.1:7400"}),
                 "both api.listen and cluster.listen"));
  BOOST_TEST(has(errors_of("[node]\nroles = []\n"), "got an empty list"));
  BOOST_TEST(has(errors_of("[node]\nroles = [\"compute\", \"compute\"]\n"),
                 "got \"compute\" twice"));
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_read_are_told_with_status_2) {
  namespace fs = std::filesystem;
  const auto dir =
    fs::temp_directory_path() / ("lepton_config_" + std::to_string(::getpid()));
  fs::create_directories(dir);
  const auto fifo = (dir / "fifo").string();
  BOOST_REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const auto large = (dir / "large").string();
  std::ofstream{large} << std::string((1u << 20) + 1, '#');
  for (const auto& path :
       {(dir / "none.toml").string(), dir.string(), fifo, large}) {
    const auto loaded = load_config(path, {});
    BOOST_REQUIRE(!loaded);
    BOOST_TEST(loaded.error().status == 2);
    BOOST_TEST(has(loaded.error().text(), path + ": cannot read"));
  }
  fs::remove_all(dir);
}

BOOST_AUTO_TEST_CASE(the_shipped_configuration_starts_as_it_is) {
  const auto loaded = load_config(LEPTON_SOURCE_DIR "/config/single.toml", {});
  BOOST_REQUIRE_MESSAGE(loaded, (loaded ? "" : loaded.error().text()));
  BOOST_TEST(loaded.value().notices.empty());
  BOOST_TEST(loaded.value().config.examples.enabled);
  BOOST_TEST(!loaded.value().config.chaos.enabled);
  BOOST_TEST(loaded.value().config.node.roles.size() == 4u);
}

BOOST_AUTO_TEST_SUITE_END()
