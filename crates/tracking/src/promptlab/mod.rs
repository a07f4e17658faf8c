use app::Routes;

pub fn routes() -> Routes {
    Routes::v2("mlflow")
}
