#include <future>
#include <optional>

#include "server_fixture.hpp"

using namespace leptond;
using namespace leptond::testing;
using http::body_part;
using http::connection_event;
using std::chrono::milliseconds;

namespace {

constexpr std::uint64_t limit = std::uint64_t{1} << 32;

/// Reads a body to its end and answers with its length and a checksum, as an
/// upload does.
struct upload : std::enable_shared_from_this<upload> {
  http::body_reader body;
  http::responder out;
  std::uint64_t bytes = 0;
  std::uint64_t sum = 0;
  std::size_t largest = 0;

  void next() {
    body.read_some(
      [self = shared_from_this()](const body_part& part) { self->take(part); });
  }

  void take(const body_part& part) {
    if (!part.error.empty()) {
      out.error(part.status, part.error);
      return;
    }
    for (const auto c : part.bytes)
      sum = sum * 31 + static_cast<unsigned char>(c);
    bytes += part.bytes.size();
    largest = std::max(largest, part.bytes.size());
    if (part.last)
      out.send(http::json_response(
        {{"bytes", bytes}, {"sum", sum}, {"largest", largest}}));
    else
      next();
  }
};

void add_upload(http::router& routes, std::uint64_t most = limit) {
  routes.add_streaming(
    "PUT", "/store",
    [](const auto&, const auto& body, const auto& out) {
      auto each = std::make_shared<upload>();
      each->body = body;
      each->out = out;
      each->next();
    },
    most);
}

/// Sends `parts` times the same bytes.
struct download : std::enable_shared_from_this<download> {
  http::body_writer out;
  std::string part;
  int left = 0;
  std::shared_ptr<std::promise<bool>> ended;

  void next() {
    if (left == 0) {
      ended->set_value(true);
      return;
    }
    --left;
    out.write(part, [self = shared_from_this()](bool ok) {
      if (ok)
        self->next();
      else
        self->ended->set_value(false);
    });
  }
};

std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t sum = 0;
  for (const auto c : bytes)
    sum = sum * 31 + static_cast<unsigned char>(c);
  return sum;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_streaming, server_fixture)

BOOST_AUTO_TEST_CASE(an_upload_comes_whole_in_bounded_parts) {
  add_upload(routes);
  start();
  std::string bytes(20'000'003, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(i * 7 + i / 251);
  auto client = connect();
  client.request("PUT", "/store", bytes);
  const auto answer = nlohmann::json::parse(client.read_answer().body);
  BOOST_TEST(answer["bytes"] == bytes.size());
  BOOST_TEST(answer["sum"] == checksum(bytes));
  BOOST_TEST(answer["largest"] <= 262144);
  client.request("GET", "/hello"); // the connection goes on
  BOOST_TEST(client.read_answer().status == 200);
}

BOOST_AUTO_TEST_CASE(an_empty_upload_is_one) {
  add_upload(routes);
  start();
  auto client = connect();
  client.send("PUT /store HTTP/1.1\r\nHost: localhost\r\n"
              "Content-Length: 0\r\n\r\n");
  BOOST_TEST(nlohmann::json::parse(client.read_answer().body)["bytes"] == 0);
}

BOOST_AUTO_TEST_CASE(chunked_uploads_work_and_have_the_same_limit) {
  add_upload(routes, 1000);
  start();
  const auto head = std::string{"PUT /store HTTP/1.1\r\nHost: localhost\r\n"
                                "Transfer-Encoding: chunked\r\n\r\n"};
  auto small = connect();
  small.send(head + "5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n");
  BOOST_TEST(nlohmann::json::parse(small.read_answer().body)["bytes"] == 10);
  auto large = connect();
  large.send(head + "800\r\n" + std::string(2048, 'x') + "\r\n0\r\n\r\n");
  BOOST_TEST(large.read_answer().status == 413);
}

BOOST_AUTO_TEST_CASE(an_upload_is_asked_for_when_the_client_waits) {
  add_upload(routes, 1000);
  start();
  const auto head = [](int length) {
    return "PUT /store HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
           "Content-Length: "
           + std::to_string(length) + "\r\n\r\n";
  };
  auto client = connect();
  client.send(head(5));
  BOOST_TEST(client.read_answer(true).status == 100);
  client.send("hello");
  BOOST_TEST(nlohmann::json::parse(client.read_answer().body)["bytes"] == 5);
  auto large = connect();
  large.send(head(1001)); // refused before a byte of it is sent
  BOOST_TEST(large.read_answer().status == 413);
  auto whole = connect();
  whole.send("POST /echo HTTP/1.1\r\nHost: localhost\r\n"
             "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  BOOST_TEST(whole.read_answer(true).status == 100);
  whole.send("hi");
  BOOST_TEST(whole.read_answer().body == "hi");
}

BOOST_AUTO_TEST_CASE(a_handler_that_does_not_read_stops_its_client) {
  std::promise<http::body_reader> reader;
  std::vector<http::responder> kept;
  routes.add_streaming(
    "PUT", "/slow",
    [&](const auto&, const auto& body, const auto& out) {
      kept.push_back(out);
      reader.set_value(body);
    },
    limit);
  start();
  auto client = connect();
  client.send("PUT /slow HTTP/1.1\r\nHost: localhost\r\n"
              "Content-Length: 1000000000\r\n\r\n");
  reader.get_future().wait();
  auto sender = std::async(std::launch::async, [&] {
    const std::string block(1 << 20, 'x');
    int sent = 0;
    while (sent < 1000 && client.send(block))
      ++sent;
    return sent;
  });
  kept.at(0).error(507, "no space"); // without reading
  kept.clear();
  BOOST_TEST(sender.get() < 1000); // the rest was never taken
  BOOST_TEST(seen.records(1).at(0).status == 507);
}

BOOST_AUTO_TEST_CASE(an_upload_cut_short_is_told_to_its_handler) {
  std::promise<body_part> last;
  routes.add_streaming(
    "PUT", "/cut",
    [&](const auto&, const auto& body, const auto& out) {
      body.read_some(
        [&last, out](body_part part) { last.set_value(std::move(part)); });
    },
    limit);
  start();
  auto client = connect();
  client.send("PUT /cut HTTP/1.1\r\nHost: localhost\r\n"
              "Content-Length: 100\r\n\r\nabc");
  client.finish_sending();
  const auto part = last.get_future().get();
  BOOST_TEST(part.error == "the body ends early");
  BOOST_TEST(part.status == 400);
  BOOST_TEST(!part.last);
}

BOOST_AUTO_TEST_CASE(an_answer_while_the_body_is_awaited_ends_the_exchange) {
  std::promise<body_part> last;
  routes.add_streaming(
    "PUT", "/refuse",
    [&](const auto&, const auto& body, const auto& out) {
      body.read_some(
        [&last](body_part part) { last.set_value(std::move(part)); });
      out.error(409, "not now");
    },
    limit);
  start();
  auto client = connect();
  client.send("PUT /refuse HTTP/1.1\r\nHost: localhost\r\n"
              "Expect: 100-continue\r\nContent-Length: 100\r\n\r\n");
  BOOST_TEST(client.read_answer(true).status == 100);
  BOOST_TEST(client.read_answer().status == 409);
  BOOST_TEST(client.closed());
  BOOST_TEST(!last.get_future().get().error.empty());
}

BOOST_AUTO_TEST_CASE(stopping_ends_an_upload_with_an_error) {
  std::promise<body_part> last;
  std::promise<void> here;
  routes.add_streaming(
    "PUT", "/cut",
    [&](const auto&, const auto& body, const auto& out) {
      body.read_some(
        [&last, out](body_part part) { last.set_value(std::move(part)); });
      here.set_value();
    },
    limit);
  start();
  auto client = connect();
  client.send("PUT /cut HTTP/1.1\r\nHost: localhost\r\n"
              "Content-Length: 100\r\n\r\n");
  here.get_future().wait();
  server->stop(milliseconds{10});
  BOOST_TEST(!last.get_future().get().error.empty());
}

BOOST_AUTO_TEST_CASE(a_download_comes_whole_and_the_connection_goes_on) {
  auto ended = std::make_shared<std::promise<bool>>();
  routes.add("GET", "/file", [&](const auto&, const auto& out) {
    auto each = std::make_shared<download>();
    each->part = std::string(300'000, 'y');
    each->left = 50;
    each->ended = ended;
    each->out = out.stream({200, {}, "application/octet-stream", {}},
                           std::uint64_t{50} * 300'000);
    each->next();
  });
  start();
  auto client = connect();
  client.request("GET", "/file");
  const auto answer = client.read_answer();
  BOOST_TEST(answer.body.size() == 15'000'000u);
  BOOST_TEST(ended->get_future().get());
  client.request("GET", "/hello");
  BOOST_TEST(client.read_answer().status == 200);
  BOOST_TEST(seen.records(1).at(0).bytes_out > 15'000'000u);
}

BOOST_AUTO_TEST_CASE(a_download_that_is_dropped_cuts_the_connection) {
  routes.add("GET", "/part", [](const auto&, const auto& out) {
    const auto body = out.stream({}, 100);
    body.write("only this", [body](bool) {});
  });
  start();
  auto client = connect();
  client.request("GET", "/part");
  const auto all = client.read_all();
  BOOST_TEST(all.ends_with("only this"));
  BOOST_TEST(!seen.records(1).at(0).complete);
}

BOOST_AUTO_TEST_CASE(more_bytes_than_announced_are_never_sent) {
  routes.add("GET", "/more", [](const auto&, const auto& out) {
    const auto body = out.stream({}, 3);
    body.write("four", [body](bool) {});
  });
  start();
  auto client = connect();
  client.request("GET", "/more");
  BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_CASE(an_empty_download_needs_no_write) {
  routes.add("GET", "/empty",
             [](const auto&, const auto& out) { out.stream({}, 0); });
  start();
  auto client = connect();
  client.request("GET", "/empty");
  BOOST_TEST(client.read_answer().status == 200);
  client.request("GET", "/hello");
  BOOST_TEST(client.read_answer().status == 200);
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_stops_its_download) {
  auto ended = std::make_shared<std::promise<bool>>();
  routes.add("GET", "/file", [&](const auto&, const auto& out) {
    auto each = std::make_shared<download>();
    each->part = std::string(1 << 20, 'y');
    each->left = 1'000'000;
    each->ended = ended;
    each->out = out.stream({}, std::uint64_t{1} << 40);
    each->next();
  });
  start();
  auto client = connect();
  client.request("GET", "/file");
  client.read_answer(true);
  client.reset_on_close();
  client.close();
  BOOST_TEST(!ended->get_future().get());
}

BOOST_AUTO_TEST_SUITE_END()
