//! Which images an update of vulnerability data changed, and how.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::LOT;
use crate::{Db, Result, entities::image_change};

/// In which way.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Way {
    /// In any.
    #[default]
    Any,
    /// It has more critical findings than before.
    Critical,
    /// It has more findings of some severity than before.
    Worse,
    /// It has more findings of no severity.
    Better,
}

/// The images that an update changed, in some way.
#[derive(Clone, Copy, Debug)]
pub struct Changed {
    /// The generation of the data.
    pub generation: i64,
    /// How.
    pub way: Way,
}

const SEVERITIES: [image_change::Column; 4] = [
    image_change::Column::Critical,
    image_change::Column::Major,
    image_change::Column::Minor,
    image_change::Column::Unspecified,
];

impl Changed {
    /// The numbers of the newest `limit` images, below `before`.
    pub(crate) fn images(&self, before: i64, limit: u64) -> Select<image_change::Entity> {
        image_change::Entity::find()
            .select_only()
            .column(image_change::Column::ImageId)
            .filter(image_change::Column::Generation.eq(self.generation))
            .filter(image_change::Column::ImageId.lt(before))
            .filter(self.way.condition())
            .order_by_desc(image_change::Column::ImageId)
            .limit(limit)
    }
}

impl Way {
    fn condition(self) -> Condition {
        let worse = SEVERITIES.map(|severity| severity.gt(0));
        let worse = worse.into_iter().fold(Condition::any(), Condition::add);
        match self {
            Self::Any => Condition::all(),
            Self::Critical => Condition::all().add(image_change::Column::Critical.gt(0)),
            Self::Worse => worse,
            Self::Better => worse.not(),
        }
    }
}

/// How the update of `generation` changed these images, by their numbers.
pub async fn of_images(
    db: &Db,
    generation: i64,
    images: &[i64],
) -> Result<HashMap<i64, image_change::Model>> {
    let mut found = HashMap::new();
    for lot in images.chunks(LOT) {
        let rows = image_change::Entity::find()
            .filter(image_change::Column::Generation.eq(generation))
            .filter(image_change::Column::ImageId.is_in(lot.iter().copied()))
            .all(&db.read)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.image_id, row)));
    }
    Ok(found)
}
