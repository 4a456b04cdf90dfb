#include <roles/network/predictions_csv.hpp>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(predictions_as_csv)

BOOST_AUTO_TEST_CASE(each_row_has_its_line_in_order) {
  std::vector<float> p{0.25F, 0.75F, 0.5F, 0.5F, 1e-7F, 0.9999999F};
  BOOST_TEST(roles::predictions_csv({"prediction", "p_no", "p_yes"},
                                    {"yes", "no", "yes"}, p, 3, {})
             == "prediction,p_no,p_yes\n"
                "yes,0.25,0.75\n"
                "no,0.5,0.5\n"
                "yes,1e-07,0.9999999\n");
}

BOOST_AUTO_TEST_CASE(rows_that_are_left_out_keep_their_line) {
  std::vector<float> p{0.25F, 0.75F, 0.5F, 0.5F};
  BOOST_TEST(roles::predictions_csv({"prediction", "p_no", "p_yes"},
                                    {"yes", "no"}, p, 2, {true, false})
             == "prediction,p_no,p_yes\n,,\nno,0.5,0.5\n");
}

BOOST_AUTO_TEST_CASE(names_that_need_quotes_get_them) {
  std::vector<float> p{0.75F, 0.25F};
  BOOST_TEST(roles::predictions_csv({"prediction", "p_a,\"b\"", "p_c\n"},
                                    {"a,\"b\""}, p, 1, {})
             == "prediction,\"p_a,\"\"b\"\"\",\"p_c\n\"\n"
                "\"a,\"\"b\"\"\",0.75,0.25\n");
}

BOOST_AUTO_TEST_SUITE_END()
