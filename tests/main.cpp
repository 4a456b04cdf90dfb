// The main() of every test program. Written out, since the headers, compiled
// before, have no use for BOOST_TEST_MODULE.
#include <boost/test/unit_test.hpp>

int main(int argc, char* argv[]) {
  auto name_it = [] {
    boost::unit_test::framework::master_test_suite().p_name.value = "lepton";
    return true;
  };
  return boost::unit_test::unit_test_main(name_it, argc, argv);
}
