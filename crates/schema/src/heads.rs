//! The releases of MLflow, and the schema version that each of them ends at.

/// The release of MLflow whose schema a database has, as far as this server makes a difference. Later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Release {
    V3_17,
    /// Adds the skill registry, and the categories, metadata and last sightings of issues.
    V3_18,
}

impl Release {
    /// The newest that this server makes full use of.
    pub const NEWEST: Self = Self::V3_18;

    /// The release whose number is `self as u8`; the newest if there is none.
    pub fn from_number(number: u8) -> Self {
        if number == Self::V3_17 as u8 { Self::V3_17 } else { Self::V3_18 }
    }

    /// As its users call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::V3_17 => "3.17",
            Self::V3_18 => "3.18",
        }
    }
}

/// The schema version of [`Release::NEWEST`], which an empty database is given.
pub const HEAD: &str = "f4a9b2c7d1e6";

/// The schema versions that are served, oldest first.
///
/// The two between a release and the next are those of an upgrade that was interrupted. They are served as the
/// release before them: what the next one adds is used once all of it is there.
const SERVED: &[(&str, Release)] = &[
    ("dc11669786a5", Release::V3_17),
    ("e7d1f4b2a9c6", Release::V3_17),
    ("8b6ad64cb8f5", Release::V3_17),
    (HEAD, Release::V3_18),
];

/// The release that a schema version is served as.
pub(crate) fn served(version: &str) -> Option<Release> {
    SERVED.iter().find(|(known, _)| *known == version).map(|(_, release)| *release)
}

/// The releases whose schema ends at this version, for one that is older than those served.
pub(crate) fn older(version: &str) -> Option<&'static str> {
    OLDER
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .find(|(known, _)| *known == version)
        .map(|(_, name)| name)
}

/// Every version of MLflow's schema before the first served one, and the releases that end at it.
const OLDER: &str = include_str!("../sql/heads.tsv");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_in_the_table_are_old() {
        assert_eq!(older("451aebb31d03"), Some("before 1.0"));
        assert_eq!(older("97727af70f4d"), Some("1.29 to 2.2"));
        assert_eq!(older(HEAD), None);
        for line in OLDER.lines() {
            let (version, _) = line.split_once('\t').unwrap();
            assert!(version.len() >= 12 && served(version).is_none(), "{line}");
        }
        assert_eq!(OLDER.lines().count(), 66);
    }

    #[test]
    fn a_number_is_its_release() {
        for release in [Release::V3_17, Release::V3_18] {
            assert_eq!(Release::from_number(release as u8), release);
        }
    }
}
