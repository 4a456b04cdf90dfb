#include <leptond/http/json.hpp>
#include <leptond/http/origin.hpp>
#include <leptond/http/router.hpp>

#include <boost/test/unit_test.hpp>

using namespace leptond::http;

namespace {

router sample() {
  const handler none = [](const auto&, const auto&) {};
  router r;
  r.add("GET", "/", none);
  r.add("GET", "/api/v1/jobs", none);
  r.add("POST", "/api/v1/jobs", none);
  r.add("GET", "/api/v1/jobs/{id}", none);
  r.add("POST", "/api/v1/jobs/{id}/cancel", none);
  r.add("GET", "/api/v1/jobs/all", none);
  return r;
}

match find(const router& r, std::string_view method, std::string_view text) {
  const auto parsed = parse_target(text);
  BOOST_REQUIRE(parsed);
  return r.find(method, parsed->segments);
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_routing)

BOOST_AUTO_TEST_CASE(a_parameter_takes_one_segment_decoded) {
  const auto r = sample();
  const auto m = find(r, "GET", "/api/v1/jobs/a%2Fb%40%33");
  BOOST_REQUIRE(m.found);
  BOOST_TEST(m.found->pattern == "/api/v1/jobs/{id}");
  BOOST_TEST(m.params.at("id") == "a/b@3");
  BOOST_TEST(find(r, "POST", "/api/v1/jobs/7/cancel").params.at("id") == "7");
  BOOST_TEST(!find(r, "GET", "/api/v1/jobs/").found);
  BOOST_TEST(!find(r, "GET", "/api/v1/jobs/1/2").found);
}

BOOST_AUTO_TEST_CASE(fixed_segments_win_over_parameters) {
  BOOST_TEST(find(sample(), "GET", "/api/v1/jobs/all").found->pattern
             == "/api/v1/jobs/all");
}

BOOST_AUTO_TEST_CASE(a_path_without_the_method_tells_the_allowed_ones) {
  const auto m = find(sample(), "PUT", "/api/v1/jobs");
  BOOST_TEST(!m.found);
  BOOST_TEST(m.allowed == (std::vector<std::string>{"GET", "HEAD", "POST"}));
  BOOST_TEST(find(sample(), "GET", "/nothing").allowed.empty());
  BOOST_TEST(find(sample(), "HEAD", "/").found != nullptr);
}

BOOST_AUTO_TEST_CASE(a_route_cannot_be_added_twice) {
  auto r = sample();
  const handler none = [](const auto&, const auto&) {};
  BOOST_CHECK_THROW(r.add("GET", "/", none), std::invalid_argument);
  BOOST_CHECK_THROW(r.add("GET", "x", none), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(queries_are_decoded_in_order) {
  const auto t = parse_target("/p?a=1&b=x+y%20z&a=2&c&=d&&e=%C3%A9");
  BOOST_REQUIRE(t);
  BOOST_TEST(t->path == "/p");
  BOOST_REQUIRE(t->query.size() == 6u);
  BOOST_TEST(t->query[1].second == "x y z");
  BOOST_TEST(t->query[2].second == "2");
  BOOST_TEST(t->query[3].first == "c");
  BOOST_TEST(t->query[3].second.empty());
  BOOST_TEST(t->query[5].second == "\xc3\xa9");
}

BOOST_AUTO_TEST_CASE(malformed_targets_are_refused) {
  for (const auto* bad : {"", "p", "*", "/%", "/%4", "/%zz", "/%00", "/a?b=%f",
                          "/a?%c3=1", "/%ff", "/\xff"})
    BOOST_TEST(!parse_target(bad), bad);
  std::string deep;
  std::string wide = "/?";
  for (int i = 0; i < 65; ++i) {
    deep += "/x";
    wide += "a=1&";
  }
  BOOST_TEST(!parse_target(deep));
  BOOST_TEST(!parse_target(wide));
  BOOST_TEST(parse_target("http://host:1/a?b=c")->path == "/a");
  BOOST_TEST(parse_target("http://host")->path == "/");
}

BOOST_AUTO_TEST_CASE(encoding_and_decoding_are_inverse) {
  std::string all;
  for (int c = 1; c < 128; ++c)
    all += static_cast<char>(c);
  all += "\xe2\x82\xac";
  BOOST_TEST(percent_decode(percent_encode(all), false).value() == all);
  BOOST_TEST(percent_decode(percent_encode(all), true).value() == all);
}

BOOST_AUTO_TEST_CASE(parameters_out_of_range_are_told_by_name) {
  request in;
  in.query = {{"limit", "7"}, {"bad", "x"}, {"empty", ""}};
  BOOST_TEST(in.query_integer("limit", 1, 10, 5) == 7);
  BOOST_TEST(in.query_integer("none", 1, 10, 5) == 5);
  BOOST_CHECK_THROW(in.query_integer("limit", 1, 6, 5), http_error);
  BOOST_CHECK_THROW(in.query_integer("bad", 1, 6, 5), http_error);
  BOOST_CHECK_THROW(in.require_query("empty"), http_error);
  BOOST_CHECK_THROW(in.require_query("none"), http_error);
  BOOST_CHECK_THROW(in.allow_query({"limit", "bad"}), http_error);
  BOOST_CHECK_NO_THROW(in.allow_query({"limit", "bad", "empty"}));
}

BOOST_AUTO_TEST_CASE(bodies_must_be_json_objects_of_bounded_depth) {
  BOOST_TEST(parse_object(R"({"a": 1})")["a"] == 1);
  const auto refused = [](const std::string& body) {
    try {
      parse_object(body);
    } catch (const http_error& error) {
      return error.status() == 400
             && std::string_view{error.what()}.starts_with("body: ");
    }
    return false;
  };
  BOOST_TEST(refused(""));
  BOOST_TEST(refused("[]"));
  BOOST_TEST(refused("{\"a\": }"));
  BOOST_TEST(refused("{\"a\": \"\xff\"}"));
  BOOST_TEST(refused("{\"a\":" + std::string(100'000, '[')));
  BOOST_TEST(
    refused("{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}"));
  try {
    parse_object("{\n  \"a\": x}");
  } catch (const http_error& error) {
    BOOST_TEST(std::string{error.what()}.find("line 2, column 8")
               != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(error_texts_that_are_not_utf8_still_make_json) {
  const auto answer = error_response(422, "a\xff\"\n");
  BOOST_TEST(nlohmann::json::accept(answer.body));
  BOOST_TEST(answer.status == 422);
}

BOOST_AUTO_TEST_CASE(pages_of_other_origins_are_kept_away) {
  const std::vector<std::string> known{"node.example"};
  const auto ok = [&](std::optional<std::string_view> host,
                      std::optional<std::string_view> origin) {
    return !refuse_origin(host, origin, known);
  };
  BOOST_TEST(ok("127.0.0.1:7400", {}));
  BOOST_TEST(ok("[::1]:7400", {}));
  BOOST_TEST(ok("[::1]", {}));
  BOOST_TEST(ok("localhost", {}));
  BOOST_TEST(ok("node.example:80", {}));
  BOOST_TEST(ok({}, {}));
  BOOST_TEST(!ok("evil.example:7400", {}));
  BOOST_TEST(ok("localhost:7400", "http://localhost:7400"));
  BOOST_TEST(!ok("localhost:7400", "http://evil.example"));
  BOOST_TEST(!ok("localhost:7400", "null"));
  BOOST_TEST(!ok("localhost:7400", "http://xlocalhost:7400"));
}

BOOST_AUTO_TEST_SUITE_END()
