#define BOOST_TEST_MODULE lepton
#include <boost/test/unit_test.hpp>
