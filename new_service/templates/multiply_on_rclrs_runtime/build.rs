//! Lets rclrs_runtime see what rclrs passes to two functions of rcl: see its README, "Linking".

fn main() {
    for function in ["rcl_get_subscriptions_info_by_topic", "rcl_send_response"] {
        println!("cargo:rustc-link-arg=-Wl,--wrap={function}");
    }
}
