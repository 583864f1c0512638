import { Box } from '@mantine/core';

const COLOURS: Readonly<Record<string, string>> = {
  salesforce: '#0b87c9',
  hubspot: '#e0603a',
  pipedrive: '#1f7a4d',
  zoho: '#c8202f',
  'zendesk-sell': '#17494d',
  'sap-c4c': '#0a6ed1',
  zapier: '#e8541c',
};

/** A letter in the colour of the CRM; no vendor's logo. */
export function Mark(props: { readonly id: string; readonly label: string; readonly muted?: boolean }) {
  const style = {
    background:
      props.muted === true ? 'var(--mantine-color-gray-5)' : (COLOURS[props.id] ?? 'var(--mantine-color-gray-6)'),
  };
  return (
    <Box component="span" className="mark" style={style} aria-hidden>
      {props.label.slice(0, 1)}
    </Box>
  );
}

const LIGHTS: Readonly<Record<string, string>> = {
  green: 'var(--mantine-color-green-6)',
  amber: 'var(--mantine-color-orange-5)',
  red: 'var(--mantine-color-red-6)',
  grey: 'var(--mantine-color-gray-5)',
};

export const Light = (props: { readonly light: string; readonly label: string }) => (
  <Box
    component="span"
    className={`light light-${props.light}`}
    style={{ background: LIGHTS[props.light] ?? LIGHTS['grey'] }}
    role="img"
    aria-label={props.label}
    title={props.label}
  />
);
