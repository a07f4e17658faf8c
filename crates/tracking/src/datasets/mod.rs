pub mod store;
pub mod wire;
use app::Routes;

pub fn routes() -> Routes {
    Routes::v2("mlflow")
}
