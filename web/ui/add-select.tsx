import { Select } from '@mantine/core';
import { useState } from 'react';

/** A choice that adds what is chosen to a list, and is empty again for the next. */
export function AddSelect(props: {
  readonly label: string;
  readonly data: readonly { readonly value: string; readonly label: string }[];
  readonly onAdd: (value: string) => void;
}) {
  const [search, setSearch] = useState('');
  return (
    <Select
      placeholder={props.label}
      aria-label={props.label}
      searchable
      data={props.data}
      value={null}
      searchValue={search}
      onSearchChange={setSearch}
      onChange={(value) => {
        if (value !== null) props.onAdd(value);
        setSearch('');
      }}
    />
  );
}
