//! Store functions as values, so that they can be passed by name.

use std::pin::Pin;

use crate::{Lend, Unit};

/// A store function that takes a [`Unit`] and up to six arguments, and what it must be given: the
/// tuple `I`.
///
/// It is implemented for every `async fn(&mut Unit<'_>, …) -> Result<T, E>` whose arguments can be
/// lent ([`Lend`]). The future is boxed, so that what runs transactions is compiled once for a type
/// of result, and not once for each store function.
pub trait Work<'a, I, T, E>: Send + Sync + 'static {
    fn start(
        &self,
        unit: &'a mut Unit<'a>,
        input: &'a I,
    ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>;
}

macro_rules! work {
    ($($argument:ident $number:tt)*) => {
        impl<'a, F, Fut, T, E, $($argument: Lend,)*> Work<'a, ($($argument,)*), T, E> for F
        where
            F: Fn(&'a mut Unit<'a>, $($argument::As<'a>),*) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = Result<T, E>> + Send + 'a,
        {
            fn start(
                &self,
                unit: &'a mut Unit<'a>,
                _input: &'a ($($argument,)*),
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>> {
                Box::pin(self(unit, $(_input.$number.lend()),*))
            }
        }
    };
}

work!();
work!(A 0);
work!(A 0 B 1);
work!(A 0 B 1 C 2);
work!(A 0 B 1 C 2 D 3);
work!(A 0 B 1 C 2 D 3 G 4);
work!(A 0 B 1 C 2 D 3 G 4 H 5);
